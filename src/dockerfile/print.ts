import { encodeText } from './parse-bytes.ts';
import type { Dockerfile } from './syntax.ts';

/** The text of a tree, unit for unit what was parsed. */
export function print(dockerfile: Dockerfile): string {
  const { text, directives, nodes } = dockerfile;
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  return mark + [...directives, ...nodes].map(({ span }) => text.slice(span.start, span.end)).join('');
}

/** The same as bytes, byte for byte what was parsed. */
export function printBytes(dockerfile: Dockerfile): Uint8Array {
  return encodeText(print(dockerfile));
}
