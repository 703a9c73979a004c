/** Words of shells and of Dockerfiles, quoted so that they come out as they went in. */
import { ToolError } from '../../core/errors.ts';

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  // The flag's name is better read outside the quotes.
  const [, name = '', value = text] = /^(-{1,2}[\w-]+=)(.*)$/s.exec(text) ?? [];
  return `${name}'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * A value in ENV, LABEL and the like, in which neither variables nor escapes are meant.
 * @throws ToolError UNSUPPORTED for a line break, which no Dockerfile can say there
 */
export function dockerWord(text: string): string {
  if (/[\n\r]/.test(text)) {
    throw new ToolError(
      'UNSUPPORTED',
      `a Dockerfile cannot say a value with a line break: ${JSON.stringify(text)}`,
      {
        hint: 'Put it on one line in coracle.yaml.',
      },
    );
  }
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\$]/g, '\\$&')}"`;
}

/** A list in the form that no shell reads. */
export function jsonWords(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
