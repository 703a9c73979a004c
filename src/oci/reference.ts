import { ToolError } from '../core/errors.ts';
import { isDigest } from './digest.ts';
import type { Digest } from './digest.ts';

/** A parsed image reference; `registry` and `repository` are always whole (`docker.io`, `library/gin`). */
export interface Reference {
  /** Host and optional port, as in a URL. Docker Hub is always `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const hub = 'docker.io';
/** Docker Hub's first name, still written by old tools. */
const oldHub = 'index.docker.io';
/** Docker Hub's namespace of official images, left out in familiar names. */
const official = 'library/';

/** Bytes of a repository name, and of everything together: longer texts are refused before any pattern sees them. */
const longestRepository = 255;
const longestText = 1024;

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const registryForm = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9A-Fa-f:]+\\])(?::[0-9]+)?$`);
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const repositoryForm = new RegExp(`^${part}(?:/${part})*$`);
const tagForm = /^\w[\w.-]{0,127}$/;
const bareId = /^[0-9a-f]{64}$/;

/** True for what may follow the colon: at most 128 letters, digits, `_`, `.`, `-`, the first no `.` or `-`. */
export function isTag(text: string): boolean {
  return tagForm.test(text);
}

/**
 * Parses `[registry/]repository[:tag][@digest]` by the grammar of the distribution project, with Docker Hub's normalisation:
 * `gin` is `docker.io/library/gin`. No tag is filled in.
 * @throws ToolError REFERENCE_INVALID
 */
export function parseReference(text: string): Reference {
  if (text.length > longestText) throw invalid(`${text.slice(0, 60)}…`, 'it is too long');
  if (text.includes('://')) {
    throw invalid(
      text,
      'it starts with a URL scheme',
      `Leave the scheme out: ${text.slice(text.indexOf('://') + 3)}`,
    );
  }
  if (bareId.test(text))
    throw invalid(text, 'it is a bare identifier', `Write a name before it: NAME@sha256:${text}`);
  const [beforeDigest, digestText, ...more] = text.split('@');
  if (beforeDigest === undefined || more.length > 0) throw invalid(text, 'it has more than one "@"');
  const digest = digestText === undefined ? undefined : referenceDigest(text, digestText);
  const { registry, rest } = splitRegistry(beforeDigest);
  const colon = rest.indexOf(':');
  const repository = expandRepository(registry, colon < 0 ? rest : rest.slice(0, colon));
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  checkRegistry(text, registry);
  checkRepository(text, repository);
  if (tag !== undefined && !tagForm.test(tag)) {
    throw invalid(
      text,
      `${JSON.stringify(tag)} is not a tag`,
      'A tag has at most 128 letters, digits, "_", "." and "-", and does not begin with "." or "-".',
    );
  }
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest && { digest }) };
}

/**
 * The text of a reference. `short` gives the familiar name where it means the same: `gin:1` for `docker.io/library/gin:1`.
 */
export function formatReference(reference: Reference, options: { short?: boolean } = {}): string {
  const suffix = `${reference.tag === undefined ? '' : `:${reference.tag}`}${reference.digest === undefined ? '' : `@${reference.digest}`}`;
  const name = options.short ? familiarName(reference) : `${reference.registry}/${reference.repository}`;
  return name + suffix;
}

/** Fills in the tag `latest` where neither a tag nor a digest is given. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: 'latest' }
    : reference;
}

/** True when the registry is this very machine (localhost, 127.0.0.0/8, ::1), where plain HTTP is no danger. */
export function isLoopback(registry: string): boolean {
  if (!URL.canParse(`http://${registry}`)) return false;
  const { hostname } = new URL(`http://${registry}`);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}

function familiarName({ registry, repository }: Reference): string {
  const whole = `${registry}/${repository}`;
  if (registry !== hub) return whole;
  const inLibrary = repository.startsWith(official) && !repository.includes('/', official.length);
  const name = inLibrary ? repository.slice(official.length) : repository;
  // `docker.io/a.b/c` cannot lose its registry: `a.b` would be taken for one.
  const again = splitRegistry(name);
  const same =
    again.registry === hub && expandRepository(hub, again.rest) === repository && !bareId.test(name);
  return same ? name : whole;
}

/** What stands before the first slash is a registry if it looks like a host: a dot, a colon, an upper-case letter, or `localhost`. */
function splitRegistry(text: string): { registry: string; rest: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  if (slash < 0 || (!/[.:]/.test(first) && first !== 'localhost' && first === first.toLowerCase())) {
    return { registry: hub, rest: text };
  }
  return { registry: first === oldHub ? hub : first, rest: text.slice(slash + 1) };
}

function expandRepository(registry: string, repository: string): string {
  return registry === hub && !repository.includes('/') ? official + repository : repository;
}

function checkRegistry(text: string, registry: string): void {
  // The second test knows what the pattern does not: ports above 65535, addresses such as [::::].
  if (!registryForm.test(registry) || !URL.canParse(`https://${registry}`)) {
    throw invalid(
      text,
      `${JSON.stringify(registry)} is not a registry`,
      'A registry is a host name or address, and perhaps a port: registry.example:5000',
    );
  }
}

function checkRepository(text: string, repository: string): void {
  if (repository.length > longestRepository)
    throw invalid(text, `its repository is longer than ${longestRepository} characters`);
  if (repositoryForm.test(repository)) return;
  const lower = repository.toLowerCase();
  throw invalid(
    text,
    `${JSON.stringify(repository)} is not a repository name`,
    lower !== repository && repositoryForm.test(lower)
      ? `Repository names are lower-case: ${lower}`
      : 'A repository name has lower-case letters and digits, joined by ".", "_", "__", "-" or "/".',
  );
}

function referenceDigest(text: string, digest: string): Digest {
  if (isDigest(digest)) return digest;
  throw invalid(
    text,
    `${JSON.stringify(digest)} is not a digest`,
    'A digest is "sha256:" and 64 lower-case hexadecimal digits.',
  );
}

function invalid(
  text: string,
  why: string,
  hint = 'A reference has the form [registry/]repository[:tag][@sha256:…].',
): ToolError {
  return new ToolError('REFERENCE_INVALID', `${JSON.stringify(text)} is not an image reference: ${why}`, {
    hint,
  });
}
