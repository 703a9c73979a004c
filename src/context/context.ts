/**
 * context/ gives the trees that a Dockerfile build copies from: a directory with what .dockerignore leaves of it, an archive, a Git
 * repository, a URL. It reads lazily and never beyond the root of what it was given, whatever links say. It must not know
 * Dockerfiles' instructions, what is copied where, images, or how steps run.
 */
export { openDirectory } from './directory.ts';
export type { DirectoryTree } from './directory.ts';
