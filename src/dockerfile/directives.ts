import { dockerfileError, quoted } from './dockerfile-error.ts';
import { lineAt, type Line } from './lines.ts';
import { skipSpaces } from './parse-space.ts';
import type { Directive, Dockerfile } from './syntax.ts';

const known = new Set(['syntax', 'escape', 'check']);

/**
 * The parser directives at the top of a Dockerfile. They end at the first line that is none: an unknown name, a comment, a blank line.
 * @throws ToolError DOCKERFILE_INVALID when one comes twice, or `escape` is neither of the two characters
 */
export function readDirectives(
  dockerfile: Pick<Dockerfile, 'file' | 'text'>,
  start: number,
): { directives: Directive[]; escape: Dockerfile['escape']; end: number } {
  const { text } = dockerfile;
  const directives: Directive[] = [];
  let escape: Dockerfile['escape'] = '\\';
  let at = start;
  while (at < text.length) {
    const line = lineAt(text, at);
    const directive = directiveOf(text, line, '#', skipSpaces(text, line.start, line.end));
    if (directive === undefined) break;
    if (directives.some(({ name }) => name === directive.name)) {
      throw dockerfileError(
        dockerfile,
        { start: line.start, end: line.end },
        `the ${directive.name} directive is given twice`,
        'Keep one of them.',
      );
    }
    if (directive.name === 'escape') {
      if (directive.value !== '\\' && directive.value !== '`') {
        throw dockerfileError(
          dockerfile,
          directive.valueSpan,
          `the escape character cannot be ${quoted(directive.value)}`,
          'It is \\ or `.',
        );
      }
      escape = directive.value;
    }
    directives.push(directive);
    at = line.next;
  }
  return { directives, escape, end: at };
}

/** The directive that a line is behind its comment sign, if its name is known and it has a value. `hash` is where the sign must stand. */
export function directiveOf(text: string, line: Line, sign: string, hash: number): Directive | undefined {
  if (!text.startsWith(sign, hash)) return undefined;
  let at = skipBlanks(text, hash + sign.length, line.end);
  const nameStart = at;
  while (at < line.end && /[A-Za-z0-9]/.test(text.charAt(at))) at++;
  const name = text.slice(nameStart, Math.min(at, nameStart + 16)).toLowerCase();
  at = skipBlanks(text, at, line.end);
  if (text[at] !== '=' || at >= line.end || !known.has(name)) return undefined;
  let valueStart = skipBlanks(text, at + 1, line.end);
  let valueEnd = Math.max(valueStart, line.end);
  while (valueEnd > valueStart && isBlank(text.charAt(valueEnd - 1))) valueEnd--;
  // Nothing but white space is a value too, as BuildKit has it: its last character.
  if (valueEnd === valueStart && valueStart > at + 1) valueEnd = valueStart--;
  if (valueEnd <= valueStart) return undefined;
  return {
    name,
    value: text.slice(valueStart, valueEnd),
    span: { start: line.start, end: line.next },
    valueSpan: { start: valueStart, end: valueEnd },
  };
}

function skipBlanks(text: string, at: number, end: number): number {
  while (at < end && isBlank(text.charAt(at))) at++;
  return at;
}

/** White space of a regular expression in Go: less than Unicode's. */
function isBlank(unit: string): boolean {
  return unit === ' ' || unit === '\t' || unit === '\f' || unit === '\r' || unit === '\n';
}
