import { isToolError, type ToolError } from '../../src/core/errors.ts';
import { typeInstruction } from '../../src/dockerfile/instruction-type.ts';
import type { Instruction } from '../../src/dockerfile/instructions.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import type { Dockerfile, InstructionNode } from '../../src/dockerfile/syntax.ts';

export function parse(text: string | Uint8Array): Dockerfile {
  return parseDockerfile(text, 'Dockerfile');
}

export function instructionsOf(text: string | Uint8Array): InstructionNode[] {
  return parse(text).nodes.filter((node) => node.kind === 'instruction');
}

/** The instruction that a text holds. */
export function typed(text: string): Instruction {
  const dockerfile = parse(text);
  const nodes = dockerfile.nodes.filter((node) => node.kind === 'instruction');
  const [node] = nodes;
  if (node === undefined || nodes.length !== 1) throw new Error(`${nodes.length} instructions in ${text}`);
  return typeInstruction(node, dockerfile);
}

type Kind = Instruction['kind'];
/** The instruction that has a kind, which may be one of several kinds of the same shape. */
type OfKind<K extends Kind, I = Instruction> = I extends { kind: Kind }
  ? K extends I['kind']
    ? I
    : never
  : never;

/** The same, of the kind that is expected. */
export function typedAs<K extends Kind>(kind: K, text: string): OfKind<K> {
  const instruction = typed(text);
  if (!isKind(instruction, kind)) throw new Error(`${instruction.kind}, not ${kind}`);
  return instruction;
}

function isKind<K extends Kind>(instruction: Instruction, kind: K): instruction is Instruction & OfKind<K> {
  return instruction.kind === kind;
}

/** What goes wrong: the message, the hint, and the piece of the text that the error points at. */
export function failure(act: () => unknown): { message: string; hint: string; at: string; error: ToolError } {
  try {
    act();
  } catch (error) {
    if (!isToolError(error)) throw error;
    const { text = '', line = 1, column = 1, endLine = line, endColumn = column } = error.where ?? {};
    const lines = text.split('\n');
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    const to = lines.slice(0, endLine - 1).reduce((sum, one) => sum + one.length + 1, 0) + endColumn - 1;
    return { message: error.message, hint: error.hint ?? '', at: text.slice(from, to), error };
  }
  throw new Error('nothing went wrong');
}
