import type { Readable } from 'node:stream';

/** Characters of a line that are kept; what a program writes without a line end must not fill our memory. */
const longest = 256 * 1024;

/** Lines of a stream without their ends, at the reader's pace. The rest of a line that is too long is dropped, and said so. */
export async function* linesOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  stream.setEncoding('utf8');
  let begun = '';
  let dropped = 0;
  for await (const chunk of stream) {
    let from = 0;
    const text = String(chunk);
    for (;;) {
      const end = text.indexOf('\n', from);
      const part = text.slice(from, end === -1 ? text.length : end);
      const room = longest - begun.length;
      dropped += Math.max(0, part.length - room);
      begun += part.slice(0, Math.max(0, room));
      if (end === -1) break;
      yield finished(begun, dropped);
      begun = '';
      dropped = 0;
      from = end + 1;
    }
  }
  if (begun !== '') yield finished(begun, dropped);
}

function finished(line: string, dropped: number): string {
  if (dropped > 0) return `${line} … (${dropped} more)`;
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
