import { closest } from '../core/closest.ts';
import { ToolError } from '../core/errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { didYouMean, dockerfileError, rangeOf } from './dockerfile-error.ts';
import { expandWord } from './expand.ts';
import type { LowerOptions } from './frontend.ts';
import { typeInstruction } from './instruction-type.ts';
import type { ArgInstruction, FromInstruction, Instruction, Word } from './instructions.ts';
import { isPredefinedArg, platformArgs } from './platform-args.ts';
import { invalid, placed, withPlace } from './stage.ts';
import type { Place, StageInstruction } from './stage.ts';
import type { Dockerfile } from './syntax.ts';

/** A stage before anything is resolved. */
export interface PlannedStage {
  readonly index: number;
  readonly from: FromInstruction;
  /** What FROM names, expanded. */
  readonly base: string;
  /** The earlier stage that `base` is. */
  readonly baseStage?: number;
  /** Of FROM. */
  readonly platform?: Platform;
  readonly place: Place;
  readonly instructions: readonly StageInstruction[];
}

export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** The stage that is built. */
  readonly target: number;
  readonly globals: ReadonlyMap<string, string>;
  /** The last stage of each name, in lower case. */
  readonly byName: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

/**
 * Reads the Dockerfile as stages: which there are, what they begin with, which one is meant.
 * @throws ToolError DOCKERFILE_INVALID, USAGE for a target that is not there
 */
export function planStages(dockerfile: Dockerfile, options: LowerOptions): Plan {
  const place: Place = (span) => rangeOf(dockerfile, span);
  const instructions = dockerfile.nodes.flatMap((node) =>
    node.kind === 'instruction' ? [typeInstruction(node, dockerfile)] : [],
  );
  const first = instructions.findIndex(({ kind }) => kind === 'from');
  const before = first < 0 ? instructions : instructions.slice(0, first);
  const misplaced = before.find(({ kind }) => kind !== 'arg');
  if (misplaced)
    throw dockerfileError(
      dockerfile,
      misplaced.span,
      'there is no stage yet',
      'Begin with FROM and a base image; only ARG may stand before it.',
    );
  if (first < 0)
    throw dockerfileError(
      dockerfile,
      { start: 0, end: dockerfile.text.length },
      'the Dockerfile has no stage',
      'Begin with FROM and a base image, or FROM scratch.',
    );
  const groups = grouped(instructions.slice(first));
  const target = targetOf(groups, options.target);
  const globals = platformArgs(options, groups.at(target)?.from.as);
  const expand: Expand = (word, onUnset = () => undefined) =>
    placed(place(word.span), () => expandWord(word.text, globals, { escape: dockerfile.escape, onUnset }));
  for (const instruction of before)
    if (instruction.kind === 'arg') addGlobals(instruction, globals, options, expand);
  const byName = new Map<string, number>();
  const stages = groups.map(({ from, own }, index): PlannedStage => {
    const stage = expandFrom(from, globals, place, expand);
    const baseStage = byName.get(stage.base);
    if (from.as !== undefined) byName.set(from.as, index);
    return {
      index,
      from,
      ...stage,
      ...(baseStage === undefined ? {} : { baseStage }),
      place,
      instructions: own.map((instruction) => ({ instruction, place, triggered: false })),
    };
  });
  return { stages, target, globals, byName, warnings: undeclared(instructions, options) };
}

interface Group {
  readonly from: FromInstruction;
  readonly own: Instruction[];
}

function grouped(instructions: readonly Instruction[]): Group[] {
  const groups: Group[] = [];
  for (const instruction of instructions) {
    if (instruction.kind === 'from') groups.push({ from: instruction, own: [] });
    else groups.at(-1)?.own.push(instruction);
  }
  return groups;
}

/** A word with the global arguments; hears of those that are not set. */
type Expand = (word: Word, onUnset?: (name: string) => void) => string;

/** ARG before the first FROM. A build argument counts more than the value that stands there. */
function addGlobals(
  { args }: ArgInstruction,
  globals: Map<string, string>,
  { buildArgs }: LowerOptions,
  expand: Expand,
): void {
  for (const { name, value: word } of args) {
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
    const value = given ?? (word && expand(word));
    if (value !== undefined) globals.set(name, value);
  }
}

function expandFrom(
  { image, platform: word }: FromInstruction,
  globals: ReadonlyMap<string, string>,
  place: Place,
  expand: Expand,
): { readonly base: string; readonly platform?: Platform } {
  const unset: string[] = [];
  const note = (name: string): void => void unset.push(name);
  const why = (): string => {
    const [name] = unset;
    if (name === undefined) return 'Give it a value.';
    const near = closest(name, globals.keys());
    return near === undefined
      ? `${name} is not set: write ARG ${name}=… before the first FROM, or give --build-arg ${name}=….`
      : `${name} is not set; did you mean ${near}?`;
  };
  const base = expand(image, note);
  if (base === '') throw invalid(`FROM ${image.text} names nothing`, why(), place(image.span));
  if (!word) return { base };
  const text = expand(word, note);
  if (text === '') throw invalid(`--platform=${word.text} names nothing`, why(), place(word.span));
  try {
    return { base, platform: parsePlatform(text) };
  } catch (error) {
    throw withPlace(error, place(word.span), unset.length > 0 ? why() : undefined);
  }
}

/** The stage that `--target` names or numbers; the last one when it does not say. */
function targetOf(groups: readonly Group[], target: string | undefined): number {
  if (target === undefined || target === '') return groups.length - 1;
  const named = groups.findLastIndex(({ from }) => from.as === target.toLowerCase());
  if (named >= 0) return named;
  if (/^\d+$/.test(target) && Number(target) < groups.length) return Number(target);
  const names = groups.flatMap(({ from }) => from.as ?? []);
  throw new ToolError('USAGE', `the Dockerfile has no stage ${JSON.stringify(target)}`, {
    hint:
      names.length > 0
        ? didYouMean(target, names)
        : `Its stages have no names: give a number from 0 to ${groups.length - 1}, or name one with FROM … AS ${target}.`,
  });
}

/** A build argument that nothing asks for is most likely a slip. */
function undeclared(instructions: readonly Instruction[], { buildArgs }: LowerOptions): string[] {
  const declared = new Set(
    instructions.flatMap((instruction) =>
      instruction.kind === 'arg' ? instruction.args.map(({ name }) => name) : [],
    ),
  );
  return Object.keys(buildArgs)
    .filter((name) => !declared.has(name) && !isPredefinedArg(name))
    .map((name) => {
      const near = closest(name, declared);
      return `no ARG of the Dockerfile declares ${name}, so --build-arg ${name} does nothing${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
}
