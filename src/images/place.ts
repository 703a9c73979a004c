import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import { formatReference, isTag, parseReference, withDefaultTag, type Reference } from '../oci/reference.ts';

/** Where an image is, or is to go, as the user wrote it. */
export type Place =
  | { readonly kind: 'store'; readonly reference: Reference }
  | { readonly kind: 'registry'; readonly reference: Reference }
  /** `store` where there is such a name, else `registry`. */
  | { readonly kind: 'named'; readonly reference: Reference }
  /** A digest, or the beginning of one, of an image in the store. */
  | { readonly kind: 'id'; readonly hex: string; readonly reference?: Reference }
  /** An OCI layout: a directory or a tar. Absolute path; `tar` when that was said. */
  | { readonly kind: 'oci'; readonly path: string; readonly tag?: string; readonly tar: boolean }
  /** What `docker save` writes. Absolute path. */
  | { readonly kind: 'docker-archive'; readonly path: string; readonly reference?: Reference };

/**
 * Reads a source or destination: a name, `oci:PATH[:TAG]`, `docker-archive:PATH[:REF]`; `docker://REF` and `store:NAME` say which is meant
 * when a name could be either.
 * @throws ToolError REFERENCE_INVALID
 */
export function parsePlace(text: string, cwd: string): Place {
  if (text.startsWith('docker://'))
    return { kind: 'registry', reference: full(text.slice('docker://'.length)) };
  if (text.startsWith('store:')) return { kind: 'store', reference: full(text.slice('store:'.length)) };
  if (text.startsWith('oci:') || text.startsWith('oci-archive:')) {
    const [file, tag] = splitPath(text.slice(text.indexOf(':') + 1), text);
    if (tag !== undefined && !isTag(tag))
      throw new ToolError('REFERENCE_INVALID', `${text}: ${JSON.stringify(tag)} is not a tag`);
    const tar = text.startsWith('oci-archive:');
    return { kind: 'oci', path: path.resolve(cwd, file), tar, ...(tag === undefined ? {} : { tag }) };
  }
  if (text.startsWith('docker-archive:')) {
    const [file, name] = splitPath(text.slice('docker-archive:'.length), text);
    return {
      kind: 'docker-archive',
      path: path.resolve(cwd, file),
      ...(name === undefined ? {} : { reference: full(name) }),
    };
  }
  const id = /^(?:sha256:)?([0-9a-f]{6,64})$/.exec(text)?.[1];
  if (id !== undefined)
    return {
      kind: 'id',
      hex: id,
      ...(text.startsWith('sha256:') || id.length === 64 ? {} : { reference: full(text) }),
    };
  return { kind: 'named', reference: full(text) };
}

/** The place as messages show it. */
export function formatPlace(place: Place, cwd: string): string {
  const near = (file: string): string => {
    const relative = path.relative(cwd, file);
    return relative.startsWith('..') || relative === '' ? file : relative;
  };
  switch (place.kind) {
    case 'oci':
      return `oci:${near(place.path)}${place.tag === undefined ? '' : `:${place.tag}`}`;
    case 'docker-archive':
      return `docker-archive:${near(place.path)}${place.reference ? `:${formatReference(place.reference, { short: true })}` : ''}`;
    case 'id':
      return place.hex;
    case 'store':
    case 'registry':
    case 'named':
    default:
      return formatReference(place.reference, { short: true });
  }
}

/** Whether the text names its registry: `localhost:5000/x`, `ghcr.io/x`, but not `team/x`. The rule is Docker's. */
export function namesRegistry(text: string): boolean {
  const [first = '', ...rest] = text.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
}

function full(text: string): Reference {
  return withDefaultTag(parseReference(text));
}

/** A path and what stands behind its first colon that follows it; a path with a colon cannot be named so. */
function splitPath(text: string, whole: string): [file: string, suffix: string | undefined] {
  const colon = text.indexOf(':');
  const file = colon === -1 ? text : text.slice(0, colon);
  if (file === '')
    throw new ToolError('REFERENCE_INVALID', `${whole} names no path`, {
      hint: 'Write it as oci:PATH or docker-archive:PATH.',
    });
  return [file, colon === -1 ? undefined : text.slice(colon + 1)];
}
