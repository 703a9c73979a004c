/** `docker logs --timestamps` writes UTC to the nanosecond, Podman an offset; zeros at the end may be missing. */
const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/;

/**
 * Bytes after which a runtime's log file may begin another record, which gets a time of its own in the middle of the line: 8 KiB with Podman, 16 KiB
 * with Docker.
 */
const record = 8192;
const inner = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) /;

export interface Stamped {
  readonly stamp: string;
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/** Takes the runtime's time off a line; undefined when it has none, as the runtime's own messages. */
export function readStamp(line: string): Stamped | undefined {
  const found = form.exec(line);
  if (!found) return undefined;
  const [head, seconds = '', fraction = '', zone = ''] = found;
  const whole = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(whole)) return undefined;
  const at = whole * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
  return { stamp: head.trimEnd(), at, text: joined(line.slice(head.length)) };
}

/** A long line without the times between its records. */
function joined(text: string): string {
  if (text.length <= record / 4) return text;
  const parts: Buffer[] = [];
  let rest = Buffer.from(text);
  while (rest.length > record) {
    const mark = inner.exec(rest.subarray(record, record + 40).toString('latin1'));
    parts.push(rest.subarray(0, record));
    rest = rest.subarray(record + (mark?.[0].length ?? 0));
  }
  return parts.length === 0 ? text : Buffer.concat([...parts, rest]).toString();
}
