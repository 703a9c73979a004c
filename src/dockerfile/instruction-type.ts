import { ToolError, isToolError, type SourceRange } from '../core/errors.ts';
import { didYouMean, dockerfileError, quoted } from './dockerfile-error.ts';
import { typeCommand, typeHealthcheck, typeShell, type Base } from './instruction-command.ts';
import { typeCopy } from './instruction-copy.ts';
import { readFlagValues } from './instruction-flags.ts';
import { typeFrom } from './instruction-from.ts';
import { typeOnbuild } from './instruction-onbuild.ts';
import { readArgs, readPairs } from './instruction-pairs.ts';
import { typeRun } from './instruction-run.ts';
import { listWords, missing, separatedWords, wholeRest } from './instruction-words.ts';
import type { Instruction, VolumeInstruction, WordInstruction } from './instructions.ts';
import { trimSpaces } from './parse-space.ts';
import { parseDockerfile } from './parse.ts';
import type { Dockerfile, InstructionNode, Span } from './syntax.ts';

type Typed = (node: InstructionNode, dockerfile: Dockerfile, base: Base) => Instruction;

const table: Readonly<Record<string, Typed>> = {
  ADD: (node, dockerfile, base) => typeCopy('add', node, dockerfile, base),
  // As in BuildKit, flags of ARG and STOPSIGNAL are read over.
  ARG: (node, dockerfile, base) => ({ kind: 'arg', ...base, args: readArgs(node, dockerfile) }),
  CMD: (node, dockerfile, base) => typeCommand('cmd', node, dockerfile, base),
  COPY: (node, dockerfile, base) => typeCopy('copy', node, dockerfile, base),
  ENTRYPOINT: (node, dockerfile, base) => typeCommand('entrypoint', node, dockerfile, base),
  ENV: (node, dockerfile, base) => {
    readFlagValues(node, dockerfile, {});
    return { kind: 'env', ...base, pairs: readPairs(node, dockerfile) };
  },
  EXPOSE: (node, dockerfile, base) => {
    if (node.rest === '') throw missing(node, dockerfile, 'a port');
    readFlagValues(node, dockerfile, {});
    return { kind: 'expose', ...base, ports: separatedWords(node) };
  },
  FROM: typeFrom,
  HEALTHCHECK: typeHealthcheck,
  LABEL: (node, dockerfile, base) => {
    readFlagValues(node, dockerfile, {});
    return { kind: 'label', ...base, pairs: readPairs(node, dockerfile) };
  },
  MAINTAINER: (node, dockerfile, base) => {
    readFlagValues(node, dockerfile, {});
    return { kind: 'maintainer', ...base, value: wholeRest(node, dockerfile, 'a name').text };
  },
  ONBUILD: typeOnbuild,
  RUN: typeRun,
  SHELL: typeShell,
  STOPSIGNAL: (node, dockerfile, base) => ({
    kind: 'stopsignal',
    ...base,
    value: wholeRest(node, dockerfile, 'a signal'),
  }),
  USER: (node, dockerfile, base) => typeWord('user', node, dockerfile, base, 'a user'),
  VOLUME: typeVolume,
  WORKDIR: (node, dockerfile, base) => typeWord('workdir', node, dockerfile, base, 'a path'),
};

/**
 * What an instruction says, with every option it has; nothing is expanded.
 * @throws ToolError DOCKERFILE_INVALID with the place, what was expected and what was probably meant; UNSUPPORTED for what Coracle
 * does not do
 */
export function typeInstruction(node: InstructionNode, dockerfile: Dockerfile): Instruction {
  const typed = Object.hasOwn(table, node.keyword) ? table[node.keyword] : undefined;
  if (typed === undefined) {
    const near = node.keyword === '' ? ['FROM', 'RUN', 'COPY'] : Object.keys(table);
    throw dockerfileError(
      dockerfile,
      node.keyword === '' ? trimmed(node.span, dockerfile) : node.keywordSpan,
      node.keyword === ''
        ? 'there is no instruction on this line'
        : `unknown instruction ${quoted(node.keyword)}`,
      `${didYouMean(node.keyword, near)}${afterRun(node, dockerfile)}`,
    );
  }
  return typed(node, dockerfile, { span: spanOf(node, dockerfile), source: trimSpaces(node.line) });
}

/**
 * A trigger of ONBUILD, as the config of a base image holds it. It is read as a Dockerfile of its own with one instruction.
 * @param where the FROM that asked for the image, for errors
 * @throws ToolError DOCKERFILE_INVALID
 */
export function parseTrigger(text: string, where: SourceRange): Instruction {
  const fail = (message: string): ToolError =>
    new ToolError('DOCKERFILE_INVALID', `an ONBUILD trigger of the base image: ${message}`, {
      where,
      detail: text.length > 500 ? `${text.slice(0, 500)}…` : text,
      hint: 'The base image has to be built anew with another trigger.',
    });
  try {
    const dockerfile = parseDockerfile(text, where.file);
    const nodes = dockerfile.nodes.filter((node) => node.kind === 'instruction');
    const [node] = nodes;
    if (node === undefined || nodes.length !== 1) throw fail('it is not one instruction');
    const instruction = typeInstruction(node, dockerfile);
    if (instruction.kind === 'from') throw fail('FROM cannot be one');
    return instruction;
  } catch (error) {
    if (!isToolError(error) || error.where === where) throw error;
    throw fail(error.message);
  }
}

function typeWord(
  kind: WordInstruction['kind'],
  node: InstructionNode,
  dockerfile: Dockerfile,
  base: Base,
  what: string,
): WordInstruction {
  const value = wholeRest(node, dockerfile, what);
  readFlagValues(node, dockerfile, {});
  return { kind, ...base, value };
}

/** VOLUME: a JSON array or words. */
function typeVolume(node: InstructionNode, dockerfile: Dockerfile, base: Base): VolumeInstruction {
  const { words } = listWords(node, dockerfile);
  if (words.length === 0) throw missing(node, dockerfile, 'a path');
  readFlagValues(node, dockerfile, {});
  const volumes = words.map(({ text, span }) => ({ text: trimSpaces(text), span }));
  const empty = volumes.find(({ text }) => text === '');
  if (empty) {
    throw dockerfileError(dockerfile, empty.span, 'a path of VOLUME is empty', 'Write VOLUME /data');
  }
  return { kind: 'volume', ...base, volumes };
}

/** From the keyword to the last character, without the line end. */
function spanOf(node: InstructionNode, dockerfile: Dockerfile): Span {
  const start = node.keywordSpan.start;
  if (node.heredocs.length > 0) return { start, end: trimmed(node.span, dockerfile).end };
  const flag = node.flags.at(-1)?.span.end ?? start;
  return { start, end: Math.max(node.restSpan.end, node.keywordSpan.end, flag) };
}

function trimmed(span: Span, { text }: Dockerfile): Span {
  let { end } = span;
  while (end > span.start && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return { start: span.start, end };
}

/** When lines of a script stand where instructions should, it was a heredoc that was not seen, or a continuation that was forgotten. */
function afterRun(node: InstructionNode, dockerfile: Dockerfile): string {
  const index = dockerfile.nodes.indexOf(node);
  const before = dockerfile.nodes.slice(0, Math.max(index, 0)).findLast(({ kind }) => kind === 'instruction');
  if (before?.kind !== 'instruction' || before.keyword !== 'RUN') return '';
  return before.rest.includes('<<') && before.heredocs.length === 0
    ? ' The RUN before it has a << that could not be read as a heredoc: a quote is not closed there, or a ${…} has a form that Dockerfiles do not know.'
    : ` If it belongs to the RUN before it, that line must end in ${dockerfile.escape}`;
}
