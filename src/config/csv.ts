import { ToolError } from '../core/errors.ts';

/**
 * One record of comma-separated fields, a field in double quotes when it holds a comma (RFC 4180), as Docker writes the values of
 * `--output`: `type=oci,"dest=a,b.tar"`.
 * @throws ToolError USAGE
 */
export function csvFields(text: string, flag: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let field = '';
      for (at++; ; at++) {
        if (at >= text.length)
          throw new ToolError('USAGE', `${flag}: a quote is not closed in ${JSON.stringify(text)}`);
        if (text[at] !== '"') field += text[at];
        else if (text[at + 1] === '"') field += text[at++];
        else break;
      }
      at++;
      if (at < text.length && text[at] !== ',') {
        throw new ToolError(
          'USAGE',
          `${flag}: a comma must follow a closing quote in ${JSON.stringify(text)}`,
        );
      }
      fields.push(field);
    } else {
      const end = text.indexOf(',', at);
      const field = text.slice(at, end === -1 ? undefined : end);
      if (field.includes('"'))
        throw new ToolError('USAGE', `${flag}: a quote in the middle of ${JSON.stringify(field)}`);
      fields.push(field);
      at += field.length;
    }
    if (at >= text.length) return fields;
    at++;
  }
}

/** `a=1,b=2` as pairs; a field without `=` has the value undefined. @throws ToolError USAGE when a name comes twice */
export function csvPairs(text: string, flag: string): Map<string, string | undefined> {
  const pairs = new Map<string, string | undefined>();
  for (const field of csvFields(text, flag)) {
    const equals = field.indexOf('=');
    const name = equals === -1 ? field : field.slice(0, equals);
    if (pairs.has(name))
      throw new ToolError('USAGE', `${flag}: ${name} is given twice in ${JSON.stringify(text)}`);
    pairs.set(name, equals === -1 ? undefined : field.slice(equals + 1));
  }
  return pairs;
}
