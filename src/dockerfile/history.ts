/** What an image's history says of an instruction: BuildKit's sentences, which are Go's formatting of its values. */
import type { HealthConfig } from '../oci/types.ts';

export interface HistoryEntry {
  readonly createdBy: string;
  readonly empty: boolean;
}

/** Go's `%v` of a list: `[a b]`. */
export const listed = (items: readonly string[]): string => `[${items.join(' ')}]`;

/** Go's `%q` of a list: `["a" "b"]`. */
export const quotedList = (items: readonly string[]): string => listed(items.map(quotedText));

/** Go's `%q` of a healthcheck: the struct's fields one after the other, the number of retries as a character. */
export function quotedHealthcheck(health: HealthConfig): string {
  const { Test, Interval = 0, Timeout = 0, StartPeriod = 0, StartInterval = 0, Retries = 0 } = health;
  const times = [Interval, Timeout, StartPeriod, StartInterval].map((time) => quotedText(duration(time)));
  return `&{${[quotedList(Test), ...times, quotedCharacter(Retries)].join(' ')}}`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Go's strconv.Quote. */
function quotedText(text: string): string {
  return `"${Array.from(text, (character) => (character === '"' ? '\\"' : escaped(character))).join('')}"`;
}

/** Go's strconv.QuoteRune; what is no character is U+FFFD. */
function quotedCharacter(code: number): string {
  const character =
    code > 0x10_ff_ff || (code >= 0xd8_00 && code < 0xe0_00) ? '\uFFFD' : String.fromCodePoint(code);
  return character === "'" ? String.raw`'\''` : `'${escaped(character)}'`;
}

function escaped(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  if (printable.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x1_00_00 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Go's Duration.String of nanoseconds: `1m30s`, `1.5s`, `300ms`. */
export function duration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const whole = Math.floor(nanoseconds / 1e9);
  const fraction = String(nanoseconds % 1e9)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return [
    hours > 0 ? `${hours}h` : '',
    whole >= 60 ? `${minutes}m` : '',
    `${seconds}${fraction === '' ? '' : `.${fraction}`}s`,
  ].join('');
}
