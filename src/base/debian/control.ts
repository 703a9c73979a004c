/**
 * Debian's control files (deb822): stanzas of `Name: value` lines, apart by empty lines; a line that begins with a space or a tab
 * goes on with the value above.
 */

/** A stanza's fields by their names in lower case; folded lines joined by line feeds, their indent left out. */
export type Stanza = ReadonlyMap<string, string>;

/** Parses one stanza. Lines that are no field are passed over, and of a field given twice the first counts. */
export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let name: string | undefined;
  let lines: string[] = [];
  const keep = (): void => {
    if (name !== undefined && !fields.has(name)) fields.set(name, lines.join('\n').trim());
  };
  for (const line of text.split('\n')) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      lines.push(line.trim());
      continue;
    }
    keep();
    const colon = line.indexOf(':');
    name = colon > 0 && !line.startsWith('#') ? line.slice(0, colon).toLowerCase() : undefined;
    lines = [line.slice(colon + 1).trim()];
  }
  keep();
  return fields;
}

/** The stanzas of a whole file. */
export function parseStanzas(text: string): Stanza[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n(?:[ \t]*\n)+/)
    .map(parseStanza)
    .filter((stanza) => stanza.size > 0);
}

/**
 * The texts of a stream's stanzas, one after the other; a character is a byte, as what is asked of such streams is ASCII.
 * @param longest characters that one stanza may have; a longer one throws what `tooLong` makes
 */
export async function* stanzaTexts(
  bytes: AsyncIterable<Uint8Array>,
  longest: number,
  tooLong: () => Error,
): AsyncGenerator<string> {
  let held = '';
  for await (const chunk of bytes) {
    const text = held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    let from = 0;
    for (let to = text.indexOf('\n\n'); to !== -1; to = text.indexOf('\n\n', from)) {
      if (to > from) yield text.slice(from, to);
      from = to + 2;
    }
    held = text.slice(from);
    if (held.length > longest) throw tooLong();
  }
  if (held.trim() !== '') yield held;
}
