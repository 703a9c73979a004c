/** Values of options, in the forms that Go's packages read; undefined for what is none. */

/** strconv.ParseBool. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

/** A whole number of 32 bits without a sign. */
export function parseNumber(text: string, base: 8 | 10): number | undefined {
  if (!(base === 8 ? /^[0-7]+$/ : /^\d+$/).test(text)) return undefined;
  const number = parseInt(text, base);
  return number < 2 ** 32 ? number : undefined;
}

/** Bytes: `512`, `64m`, `1.5 GiB`; units are powers of 1024. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const size = Math.trunc(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
  return Number.isSafeInteger(size) ? size : undefined;
}

/** `--chmod`: octal up to 7777, or chmod's symbolic form. */
export function isMode(text: string): boolean {
  if (/^\d/.test(text)) return /^[0-7]+$/.test(text) && parseInt(text, 8) <= 0o7777;
  return /^[ugoa]*(?:[-+=][rwxXstugo]*)+(?:,[ugoa]*(?:[-+=][rwxXstugo]*)+)*$/.test(text);
}
