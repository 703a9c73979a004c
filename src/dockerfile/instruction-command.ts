import { readFlagValues } from './instruction-flags.ts';
import { jsonStrings, missing, spanIn, wordIn, wholeRest, type Rest } from './instruction-words.ts';
import type {
  CommandForm,
  CommandInstruction,
  HealthcheckInstruction,
  InlineFile,
  ShellInstruction,
  Word,
} from './instructions.ts';
import { didYouMean, dockerfileError, quoted } from './dockerfile-error.ts';
import { durationOf } from './instruction-duration.ts';
import { heredocMarker } from './heredoc.ts';
import { skipSeparators, toSeparator } from './parse-space.ts';
import type { Dockerfile, HeredocNode, InstructionNode, Span } from './syntax.ts';

export interface Base {
  readonly span: Span;
  readonly source: string;
}

/** The command of RUN, CMD, ENTRYPOINT and HEALTHCHECK. An empty one is a shell's empty script. */
export function commandForm(
  node: Rest & Pick<InstructionNode, 'heredocs'>,
  dockerfile: Dockerfile,
): CommandForm {
  const strings = jsonStrings(node, dockerfile);
  if (strings !== undefined) return { form: 'exec', argv: strings.map(({ text }) => text) };
  const heredocs = node.heredocs.map(inlineFile);
  const [first] = heredocs;
  if (first === undefined) return { form: 'shell', script: node.rest, heredocs };
  const marker = heredocMarker(node.rest);
  if (marker !== undefined && marker !== 'invalid') {
    return { form: 'shell', script: first.content, heredocs, inline: first };
  }
  // The shell reads the bodies itself, tabs and all.
  const bodies = node.heredocs.map(
    ({ name, bodySpan }) => `\n${dockerfile.text.slice(bodySpan.start, bodySpan.end)}${name}`,
  );
  return { form: 'shell', script: node.rest + bodies.join(''), heredocs };
}

function inlineFile({ name, content, expand, chomp, bodySpan }: HeredocNode): InlineFile {
  return { name, content, expand, chomp, span: bodySpan };
}

/** CMD and ENTRYPOINT. */
export function typeCommand(
  kind: CommandInstruction['kind'],
  node: InstructionNode,
  dockerfile: Dockerfile,
  base: Base,
): CommandInstruction {
  readFlagValues(node, dockerfile, {});
  return { kind, ...base, command: commandForm(node, dockerfile) };
}

/** SHELL: only the JSON form, and not empty. */
export function typeShell(node: InstructionNode, dockerfile: Dockerfile, base: Base): ShellInstruction {
  readFlagValues(node, dockerfile, {});
  if (node.rest === '') throw missing(node, dockerfile, 'at least one argument');
  const strings = jsonStrings(node, dockerfile);
  if (strings === undefined || strings.length === 0) {
    throw dockerfileError(
      dockerfile,
      node.restSpan,
      `SHELL needs a JSON array with at least one string`,
      'Write SHELL ["/bin/sh", "-c"], with double quotes.',
    );
  }
  return { kind: 'shell', ...base, argv: strings.map(({ text }) => text) };
}

const healthFlags = {
  interval: 'text',
  timeout: 'text',
  'start-period': 'text',
  'start-interval': 'text',
  retries: 'text',
} as const;

/** HEALTHCHECK NONE, or HEALTHCHECK [flags] CMD command. */
export function typeHealthcheck(
  node: InstructionNode,
  dockerfile: Dockerfile,
  base: Base,
): HealthcheckInstruction {
  const { rest } = node;
  const end = toSeparator(rest, 0, rest.length);
  const start = skipSeparators(rest, end, rest.length);
  const form = wordIn(node, 0, end);
  if (rest === '') throw missing(node, dockerfile, 'CMD and a command, or NONE');
  if (form.text.toUpperCase() === 'NONE') {
    if (start < rest.length) {
      throw dockerfileError(
        dockerfile,
        node.restSpan,
        'HEALTHCHECK NONE takes nothing more',
        'Write HEALTHCHECK NONE alone, or HEALTHCHECK CMD command.',
      );
    }
    return { kind: 'healthcheck', ...base, options: new Map() };
  }
  const flags = readFlagValues(node, dockerfile, healthFlags);
  if (form.text.toUpperCase() !== 'CMD') {
    throw dockerfileError(
      dockerfile,
      form.span,
      `HEALTHCHECK has no form ${quoted(form.text)}`,
      didYouMean(form.text, ['CMD', 'NONE'], 'HEALTHCHECK '),
    );
  }
  const behind: Rest = {
    ...node,
    keyword: 'HEALTHCHECK CMD',
    rest: rest.slice(start),
    restAt: node.restAt + start,
    restSpan: spanIn(node, start, rest.length),
  };
  wholeRest(behind, dockerfile, 'a command');
  const command = commandForm({ ...behind, heredocs: [] }, dockerfile);
  if (command.form === 'exec' && command.argv.length === 0) throw missing(behind, dockerfile, 'a command');
  const options = new Map<string, Word>();
  for (const name of Object.keys(healthFlags)) {
    const value = flags.text(name);
    if (value === undefined) continue;
    checkHealthOption(name, value, dockerfile);
    options.set(name, value);
  }
  return { kind: 'healthcheck', ...base, command, options };
}

function checkHealthOption(name: string, value: Word, dockerfile: Dockerfile): void {
  if (name === 'retries') {
    if (/^(?:\+?\d+|-0+)$/.test(value.text) && Number(value.text) <= 0x7fff_ffff) return;
    throw dockerfileError(
      dockerfile,
      value.span,
      `--retries is a whole number, not ${quoted(value.text)}`,
      'Write --retries=3. Variables are not expanded here.',
    );
  }
  const duration = durationOf(value.text);
  if (duration === undefined) {
    throw dockerfileError(
      dockerfile,
      value.span,
      `--${name} is a duration, not ${quoted(value.text)}`,
      `Write --${name}=30s or 1m30s, with a unit. Variables are not expanded here.`,
    );
  }
  if (duration !== 0n && duration < 1_000_000n) {
    throw dockerfileError(
      dockerfile,
      value.span,
      `--${name} cannot be less than a millisecond`,
      'Write 0 for the default.',
    );
  }
}
