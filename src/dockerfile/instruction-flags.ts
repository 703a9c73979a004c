import { didYouMean, dockerfileError, quoted } from './dockerfile-error.ts';
import type { Word } from './instructions.ts';
import type { Dockerfile, FlagNode, InstructionNode } from './syntax.ts';

/** What an instruction's flag takes: a switch, one text, or as many texts as there are. */
export type FlagKind = 'switch' | 'text' | 'list';

export interface Flags {
  /** Undefined when the flag is not given. */
  switch(name: string): boolean | undefined;
  /** Undefined when the flag is not given, or is empty, which BuildKit takes for the same. */
  text(name: string): Word | undefined;
  list(name: string): readonly FlagNode[];
}

/**
 * Checks the flags of an instruction against those it has.
 * @throws ToolError DOCKERFILE_INVALID for one it has not, one given twice, one without its value
 */
export function readFlagValues(
  node: Pick<InstructionNode, 'keyword' | 'flags'>,
  dockerfile: Dockerfile,
  kinds: Readonly<Record<string, FlagKind>>,
): Flags {
  const given = new Map<string, FlagNode[]>();
  for (const flag of node.flags) {
    const kind = Object.hasOwn(kinds, flag.name) ? kinds[flag.name] : undefined;
    if (kind === undefined) throw unknownFlag(node.keyword, flag, dockerfile, Object.keys(kinds));
    const before = given.get(flag.name);
    if (before !== undefined && kind !== 'list') {
      throw dockerfileError(dockerfile, flag.span, `--${flag.name} is given twice`, 'Keep one of them.');
    }
    checkValue(flag, kind, dockerfile);
    if (before) before.push(flag);
    else given.set(flag.name, [flag]);
  }
  const first = (name: string): FlagNode | undefined => given.get(name)?.[0];
  return {
    switch: (name) => {
      const flag = first(name);
      return flag && flag.value?.toLowerCase() !== 'false';
    },
    text: (name) => {
      const flag = first(name);
      return flag === undefined || flag.value === '' ? undefined : flagWord(flag);
    },
    list: (name) => given.get(name) ?? [],
  };
}

/** A flag's value as a word. */
export function flagWord(flag: FlagNode): Word {
  return { text: flag.value ?? '', span: flag.valueSpan ?? flag.span };
}

function checkValue(flag: FlagNode, kind: FlagKind, dockerfile: Dockerfile): void {
  const example = kind === 'switch' ? `--${flag.name} or --${flag.name}=false` : `--${flag.name}=VALUE`;
  if (kind === 'switch' ? flag.value === '' : flag.value === undefined) {
    throw dockerfileError(dockerfile, flag.span, `--${flag.name} has no value`, `Write ${example}.`);
  }
  if (kind === 'switch' && flag.value !== undefined && !/^(true|false)$/i.test(flag.value)) {
    throw dockerfileError(
      dockerfile,
      flag.valueSpan ?? flag.span,
      `--${flag.name} is true or false, not ${quoted(flag.value)}`,
      `Write ${example}. Variables are not expanded here.`,
    );
  }
}

function unknownFlag(
  keyword: string,
  flag: FlagNode,
  dockerfile: Dockerfile,
  names: readonly string[],
): Error {
  const what = `${keyword} has no flag ${quoted(`--${flag.name}`)}`;
  if (names.length === 0) return dockerfileError(dockerfile, flag.span, what, `${keyword} takes no flags.`);
  return dockerfileError(dockerfile, flag.span, what, didYouMean(flag.name, names, '--'));
}
