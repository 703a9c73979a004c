import { ToolError } from '../core/errors.ts';
import type { Variables } from './expand.ts';

/** A word while it is expanded. */
export interface Reader {
  readonly text: string;
  at: number;
  depth: number;
  /** How many units variables may still put in. */
  room: number;
  readonly splits: boolean;
  readonly escape: string;
  readonly quotes: 'taken away' | 'kept' | 'plain';
  readonly keepUnset: boolean;
  readonly variables: Variables;
  readonly onUnset: (name: string) => void;
}

/** A number, or one of POSIX's special parameters, or a name; in this order. */
const variableName = /\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy;

/** The name of a variable, or nothing. */
export function readName(reader: Reader): string {
  variableName.lastIndex = reader.at;
  const [name = ''] = variableName.exec(reader.text) ?? [];
  reader.at += name.length;
  return name;
}

/** A variable's value; undefined when it is not set. */
export function lookUp(reader: Reader, name: string): string | undefined {
  const value = reader.variables.get(name);
  if (value === undefined) reader.onUnset(name);
  else if ((reader.room -= value.length) < 0)
    throw bad(`${name} makes this too long`, 'A value that holds itself several times grows with each line.');
  return value;
}

/** The character at `at`, both halves of a surrogate pair; empty at the end. */
export function nextCharacter(reader: Reader, at: number): string {
  const code = reader.text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/** DOCKERFILE_INVALID; who knows the place gives it one. */
export function bad(message: string, hint?: string): ToolError {
  return new ToolError('DOCKERFILE_INVALID', message, hint === undefined ? {} : { hint });
}
