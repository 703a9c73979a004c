import { ToolError } from '../core/errors.ts';

/** Bytes of the longest path that Linux takes, without the closing NUL. */
const longestPath = 4095;

/**
 * An entry's name as a path below the root: `./a//b/` becomes `a/b`, the root itself becomes the empty string. What would leave
 * the root is refused, not repaired: two tools that repair differently see two different images.
 * @param what whose name it is, for the error: `entry`, `hard link target`
 * @throws ToolError ARCHIVE_UNSAFE for `..`, an absolute name (who reads archives has taken its slash away), NUL, an empty or overlong name
 */
export function safePath(name: string, what: string): string {
  if (name === '') throw unsafe(name, what, 'it is empty');
  if (name.includes('\0')) throw unsafe(name, what, 'it holds a NUL byte');
  if (name.startsWith('/')) throw unsafe(name, what, 'it is absolute');
  if (isTooLong(name)) throw unsafe(name, what, 'it is too long');
  if (isClean(name)) return name;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw unsafe(name, what, 'it climbs with ..');
  return parts.join('/');
}

/**
 * The text of a symbolic link. It may point anywhere: inside the image it is resolved against the image's root, and `extractTree`
 * never follows one.
 * @throws ToolError ARCHIVE_UNSAFE when no link can hold it
 */
export function safeLinkText(text: string): string {
  if (text === '') throw unsafe(text, 'symbolic link target', 'it is empty');
  if (text.includes('\0')) throw unsafe(text, 'symbolic link target', 'it holds a NUL byte');
  if (isTooLong(text)) {
    throw unsafe(text, 'symbolic link target', 'it is too long');
  }
  return text;
}

/** A UTF-16 unit comes to at most three bytes. */
function isTooLong(name: string): boolean {
  return name.length > longestPath / 3 && Buffer.byteLength(name) > longestPath;
}

/** The directory that holds `path`; the empty string for the root's own children. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The last component of `path`. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The usual case without an allocation: no empty, `.` or `..` component. */
function isClean(name: string): boolean {
  return !odd.test(name);
}
const odd = /(?:^|\/)(?:\.{0,2})(?:\/|$)/;

function unsafe(name: string, what: string, why: string): ToolError {
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  return new ToolError('ARCHIVE_UNSAFE', `the ${what} ${shown} is refused: ${why}`, {
    hint: 'Names in a layer are relative to its root and stay below it. Nothing of this archive was used; make it again with a tool that writes such names, or take the image from its publisher.',
  });
}
