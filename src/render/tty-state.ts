import type { Event, Progress, Step } from '../core/event.ts';
import { emptyLive, takeHost, takeTraffic, type LiveState } from './deploy/live-state.ts';

/** A step as the terminal shows it. */
export interface ShownStep {
  readonly id: string;
  readonly number: number;
  name: string;
  state: Step['state'];
  startedAt: number;
  endedAt: number | undefined;
  note: string | undefined;
  progress: Progress | undefined;
  /** The last lines that its program printed. */
  readonly tail: string[];
}

/** What stays on the screen once it is written: a finished step, a warning, a line that belongs to no step. */
export type Lasting =
  | { readonly kind: 'step'; readonly step: ShownStep }
  | { readonly kind: 'warning'; readonly message: string; readonly hint: string | undefined }
  | { readonly kind: 'text'; readonly text: string };

export interface TtyState {
  readonly steps: Map<string, ShownStep>;
  /** Not yet written. */
  lasting: Lasting[];
  /** Hosts of a deploy, when this is one. */
  readonly live: LiveState;
}

/** Lines of a program's output that are shown below its step while it runs. */
const tailLines = 4;

export function emptyState(): TtyState {
  return { steps: new Map(), lasting: [], live: emptyLive() };
}

/** Takes one event into the state. */
export function take(state: TtyState, event: Event): void {
  switch (event.kind) {
    case 'step':
      return takeStep(state, event);
    case 'progress': {
      const step = state.steps.get(event.id);
      if (step) step.progress = event;
      return;
    }
    case 'log': {
      const step = event.id === undefined ? undefined : state.steps.get(event.id);
      const lines = event.text.split('\n').filter((line) => line.trim() !== '');
      if (!step) state.lasting.push(...lines.map((text) => ({ kind: 'text' as const, text })));
      else step.tail.splice(0, Infinity, ...[...step.tail, ...lines].slice(-tailLines));
      return;
    }
    case 'warning':
      state.lasting.push({ kind: 'warning', message: event.message, hint: event.hint });
      return;
    case 'host':
      return takeHost(state.live, event);
    case 'traffic':
      return takeTraffic(state.live, event);
  }
}

function takeStep(state: TtyState, event: Step): void {
  const known = state.steps.get(event.id);
  const step: ShownStep = known ?? {
    id: event.id,
    number: state.steps.size + 1,
    name: event.name,
    state: event.state,
    startedAt: event.at,
    endedAt: undefined,
    note: undefined,
    progress: undefined,
    tail: [],
  };
  state.steps.set(event.id, step);
  const wasOver = step.endedAt !== undefined;
  step.name = event.name;
  step.state = event.state;
  step.note = event.note ?? step.note ?? event.because?.join(', ');
  if (event.state === 'started') {
    if (wasOver || !known) step.startedAt = event.at;
    step.endedAt = undefined;
    return;
  }
  step.endedAt = event.at;
  if (!wasOver) state.lasting.push({ kind: 'step', step: { ...step } });
}

/** Steps that run now, in the order they started. */
export function running(state: TtyState): ShownStep[] {
  return [...state.steps.values()].filter((step) => step.endedAt === undefined);
}
