/** Longest question that is read: a header, one name, type and class (RFC 1035, section 4.1). */
const longest = 512;
const header = 12;

/**
 * The answer of a name server that knows one name (RFC 1035): its IPv4 address, no other records of it, and that there is nothing else.
 * Undefined for what is no question.
 */
export function answerTo(query: Buffer, name: string, address: string): Buffer | undefined {
  const asked = questionOf(query);
  if (!asked) return undefined;
  const known = asked.name.toLowerCase() === name;
  const found = known && asked.type === 1;
  const head = Buffer.alloc(header);
  query.copy(head, 0, 0, 2);
  // A response, authoritative; recursion as it was asked for; "no such name" for all others.
  head.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100) | (known ? 0 : 3), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found ? 1 : 0, 6);
  const record = Buffer.from([
    0xc0,
    header,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    4,
    ...address.split('.').map(Number),
  ]);
  return Buffer.concat([head, query.subarray(header, asked.end), ...(found ? [record] : [])]);
}

function questionOf(query: Buffer): { name: string; type: number; end: number } | undefined {
  if (query.length < header + 5 || query.length > longest || query.readUInt16BE(4) !== 1) return undefined;
  if ((query.readUInt16BE(2) & 0x8000) !== 0) return undefined;
  const labels: string[] = [];
  let at = header;
  for (;;) {
    const length = query[at] ?? 0xff;
    if (length === 0) break;
    if (length > 63 || at + length + 1 >= query.length) return undefined;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  if (at + 5 > query.length) return undefined;
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}
