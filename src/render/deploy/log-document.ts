import type { ReadLine } from '../../deploy/look/logs/select.ts';

/** A line of `logs --json`: one document on a line. */
export function logDocument({ at, line, entry }: ReadLine): string {
  const document = {
    schema: 'coracle.log-line/v1',
    time: new Date(at / 1000).toISOString(),
    stamp: line.stamp,
    host: line.host,
    release: line.release,
    ...(entry.level === undefined ? {} : { level: entry.level }),
    message: entry.message,
    fields: Object.fromEntries(entry.fields),
    text: line.text,
  };
  try {
    return JSON.stringify(document);
  } catch {
    return JSON.stringify({ ...document, fields: {} }); // nested deeper than the stack
  }
}
