const shownCharacters = 60;

/** The path of a package as it stands in symbols: after the last slash, dots are escaped; everywhere, what is not plain ASCII. */
export function packageOfPath(path: string): string {
  const slash = path.lastIndexOf('/');
  let escaped = '';
  for (const [index, byte] of Buffer.from(path).entries()) {
    const character = String.fromCodePoint(byte);
    const plain =
      byte > 0x20 &&
      byte < 0x7f &&
      character !== '%' &&
      character !== '"' &&
      !(character === '.' && index > slash);
    escaped += plain ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/** True for text: UTF-8 without control characters other than white space. */
export function isText(bytes: Buffer): boolean {
  for (const byte of bytes) {
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
    if (byte === 0x7f || byte >= 0xf8) return false;
  }
  return true;
}

/** The beginning of a text on one line, as its name for people. */
export function beginningOf(bytes: Buffer): string {
  const text = bytes
    .toString('utf8', 0, 4 * (shownCharacters + 1))
    .replaceAll(/\s+/g, ' ')
    .trim();
  const characters = Array.from(text);
  return characters.length > shownCharacters ? `${characters.slice(0, shownCharacters).join('')}…` : text;
}
