/**
 * JSON with one line for each innermost object or list: to be read by people and compared line by line, at a fraction of the size of
 * one line for each number. Gives what JSON.stringify would, but for the white space.
 */
export function jsonText(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const inner = Object.values(value);
  if (!inner.some((each) => typeof each === 'object' && each !== null)) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? inner.map((each) => jsonText(each, deeper))
    : Object.entries(value).flatMap(([key, each]) =>
        each === undefined ? [] : [`${JSON.stringify(key)}: ${jsonText(each, deeper)}`],
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${lines.map((line) => deeper + line).join(',\n')}\n${indent}${close}`;
}
