/** `localhost` is nobody's registry, so that nothing that was made for a comparison is pushed by mistake. */
const prefix = 'localhost/coracle/compare/';

/**
 * The name in the store of what a method made.
 * @param variant tells the image of a changed project from that of the project itself
 */
export function methodReference(program: string, method: string, variant?: string): string {
  const name = program
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${prefix}${name || 'program'}:${variant === undefined ? method : `${method}-${variant}`}`;
}

/** Names that serve a comparison while it goes on, and nobody afterwards. */
export function isPassing(name: string): boolean {
  return name.startsWith(prefix) && /(:source|-(changed|programs))$/.test(name);
}
