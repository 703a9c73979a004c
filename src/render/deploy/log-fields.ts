/** Fields of objects in objects get a name with dots, down to this depth; what is deeper stays JSON. */
const depth = 4;

/** Fields as pairs of texts: `request.method`, `GET`. */
export function flatFields(fields: readonly (readonly [string, unknown])[]): (readonly [string, string])[] {
  return fields.flatMap(([name, value]) => flat(name, value, depth));
}

function flat(name: string, value: unknown, left: number): (readonly [string, string])[] {
  if (typeof value === 'string') return [[name, value]];
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && left > 0) {
    const members = Object.entries(value);
    if (members.length > 0)
      return members.flatMap(([key, member]) => flat(`${name}.${key}`, member, left - 1));
  }
  return [[name, jsonOf(value)]];
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '…'; // nested deeper than the stack
  }
}

/** A value as it stands in a line: in quotes when it could be read as something else. */
export function inline(value: string): string {
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}
