import { createHash } from 'node:crypto';

/** Longest file name that we make; file systems allow 255 bytes. */
const longest = 200;

/**
 * A file name for any text: the text itself where that is safe, its hash where it is too long. Different texts have different
 * names.
 */
export function fileNameOf(text: string): string {
  // Lone surrogates have no UTF-8, and encodeURIComponent refuses them.
  const plain = text.isWellFormed() ? encodeURIComponent(text).replace(/^\.|[~*'()!]/g, escapeByte) : '';
  if (plain.length > 0 && plain.length <= longest) return `${plain}.json`;
  return `~${createHash('sha256').update(JSON.stringify(text)).digest('hex')}.json`;
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
