/** The shapes that lowering works on: a stage as it grows, instruction by instruction, and what its instructions may ask. */
import { ToolError, type SourceRange, isToolError } from '../core/errors.ts';
import type { ImageConfig, Platform } from '../oci/types.ts';
import type { Vertex } from '../solve/graph.ts';
import type { ConfigDraft } from './config-draft.ts';
import { expandWord } from './expand.ts';
import type { LowerOptions, Resolver } from './frontend.ts';
import type { HistoryEntry } from './history.ts';
import type { Instruction, Word } from './instructions.ts';
import type { Span } from './syntax.ts';

/** What a stage has come to; the next instruction changes it. */
export interface StageState {
  vertex: Vertex;
  readonly config: ConfigDraft;
  /** What RUN steps and expansions see: ENV and ARG, the later of one name counts. */
  readonly env: Map<string, string>;
  /** The declared arguments with their values, in the order of declaration, for the history of RUN. */
  readonly args: Map<string, string>;
  /** Of its steps. */
  readonly platform: Platform;
  /** What the base says that it is for. */
  readonly imagePlatform: Platform;
  author: string;
  readonly baseHistory: NonNullable<ImageConfig['history']>;
  readonly history: HistoryEntry[];
}

/** Where a piece of an instruction stands; pieces of ONBUILD triggers stand at the FROM that fires them. */
export type Place = (span: Span) => SourceRange;

/** An instruction that runs in a stage: its own, or a trigger of its base. */
export interface StageInstruction<I extends Instruction = Instruction> {
  readonly instruction: I;
  readonly place: Place;
  readonly triggered: boolean;
}

/** A stage while it is lowered. */
export interface StageScope {
  readonly options: LowerOptions;
  readonly resolver: Resolver;
  readonly escape: '\\' | '`';
  /** ARG from before the first FROM, and the platform arguments. */
  readonly globals: ReadonlyMap<string, string>;
  /** Its RUN, COPY and ADD are not looked up. */
  readonly fresh: boolean;
  readonly state: StageState;
  /** Vertices of the stage's own instructions. */
  readonly steps: Vertex[];
  /** The stage has a CMD of its own. */
  cmdSet: boolean;
  /** What a `--from` names, made ready before. */
  source(from: string, by: 'copy' | 'mount'): Vertex;
  /** Name and slot of the stage's next step, which does `text`. */
  next(step: StageInstruction, text: string): { readonly name: string; readonly slot: string };
}

/** A word of an instruction with the stage's variables. @throws ToolError DOCKERFILE_INVALID at the word */
export function expandIn(scope: StageScope, { place }: StageInstruction, word: Word): string {
  const { escape, state } = scope;
  return placed(place(word.span), () => expandWord(word.text, state.env, { escape }));
}

/** An instruction's text with its variables replaced, for people; as it is when it cannot be expanded. */
export function shownText({ state, escape }: StageScope, text: string): string {
  try {
    return expandWord(text, state.env, { escape });
  } catch (error) {
    if (!isToolError(error)) throw error;
    return text;
  }
}

/** Runs `work`; an error of it that has no place gets this one. */
export function placed<T>(where: SourceRange, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withPlace(error, where);
  }
}

/** The same error with a place, if it is one of ours and has none; `hint` comes before its own. */
export function withPlace(error: unknown, where: SourceRange, hint?: string): unknown {
  if (!isToolError(error) || error.where) return error;
  const hints = [hint, error.hint].filter((part) => part !== undefined).join(' ');
  return new ToolError(error.code, error.message, {
    where,
    retryable: error.retryable,
    ...(hints === '' ? {} : { hint: hints }),
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}

/** DOCKERFILE_INVALID; `placed` gives it a place when it has none. */
export function invalid(message: string, hint?: string, where?: SourceRange): ToolError {
  return new ToolError('DOCKERFILE_INVALID', message, {
    ...(where ? { where } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The instruction gave a layer. */
export function stepDone(scope: StageScope, vertex: Vertex, createdBy: string): void {
  scope.state.vertex = vertex;
  scope.state.history.push({ createdBy, empty: false });
  scope.steps.push(vertex);
}

/** The instruction changed the config only. */
export function configDone(scope: StageScope, createdBy: string): void {
  scope.state.history.push({ createdBy, empty: true });
}
