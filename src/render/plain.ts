import type { Event, Progress, Step, Traffic } from '../core/event.ts';
import type { ProgressView } from './progress.ts';
import { maskUrls, safe } from './safe.ts';
import { hostLine, trafficLine } from './deploy/live-plain.ts';
import { emptyLive, takeHost } from './deploy/live-state.ts';
import { bytes } from './units.ts';

/** Milliseconds between two lines about the same running step. */
const every = 5000;

interface Shown {
  readonly number: number;
  name: string;
  startedAt: number;
  reportedAt: number;
  /** What a program printed since its last line end. */
  partial: string;
}

/**
 * Progress as lines for logs and CI, in the form BuildKit made known: a number for each step, `CACHED`, `DONE` with its time. Lines
 * are only ever added.
 */
export function plainView(write: (text: string) => void, now: () => number = Date.now): ProgressView {
  const steps = new Map<string, Shown>();
  const live = emptyLive();
  let traffic: Traffic | undefined;
  const line = (text: string): void => write(`${maskUrls(safe(text)).replaceAll('\n', ' ')}\n`);

  const known = (id: string, name: string, at: number): Shown => {
    const step = steps.get(id);
    if (step) return step;
    const made = { number: steps.size + 1, name, startedAt: at, reportedAt: at, partial: '' };
    steps.set(id, made);
    line(`#${made.number} ${name}`);
    return made;
  };

  const flush = (step: Shown): void => {
    if (step.partial !== '') line(`#${step.number} ${step.partial}`);
    step.partial = '';
  };

  const show = {
    step(event: Step): void {
      const step = known(event.id, event.name, event.at);
      if (event.name !== step.name) {
        step.name = event.name;
        line(`#${step.number} ${event.name}`);
      }
      if (event.state === 'started') {
        step.startedAt = event.at;
        if (event.because) line(`#${step.number} because ${event.because.join(', ')}`);
        return;
      }
      flush(step);
      const note = event.note === undefined ? '' : ` (${event.note})`;
      const took = `${(Math.max(0, event.at - step.startedAt) / 1000).toFixed(1)}s`;
      const words = {
        done: `DONE ${took}`,
        cached: 'CACHED',
        failed: `FAILED ${took}`,
        cancelled: 'CANCELLED',
      };
      line(`#${step.number} ${words[event.state]}${note}`);
    },
    progress(event: Progress): void {
      const step = steps.get(event.id);
      if (!step || now() - step.reportedAt < every) return;
      step.reportedAt = now();
      line(`#${step.number} ${amount(event)}`);
    },
    log(id: string | undefined, text: string): void {
      const step = id === undefined ? undefined : steps.get(id);
      if (!step) {
        for (const each of text.replace(/\n$/, '').split('\n')) line(each);
        return;
      }
      const lines = (step.partial + text).split('\n');
      step.partial = lines.pop() ?? '';
      for (const each of lines) line(`#${step.number} ${each}`);
    },
  };

  return {
    event(event: Event) {
      if (event.kind === 'step') show.step(event);
      else if (event.kind === 'progress') show.progress(event);
      else if (event.kind === 'log') show.log(event.id, event.text);
      else if (event.kind === 'warning') {
        line(`warning: ${event.message}`);
        if (event.hint !== undefined) line(`hint: ${event.hint}`);
      } else if (event.kind === 'host') {
        takeHost(live, event);
        line(hostLine(live, event));
      } else if (event.share !== traffic?.share || event.at - traffic.at >= every) {
        traffic = event;
        line(trafficLine(event));
      }
    },
    end() {
      for (const step of steps.values()) flush(step);
    },
  };
}

/** `4.2 MB / 13.1 MB`, `3 / 7`. */
export function amount(event: Progress): string {
  const of = (count: number): string => (event.unit === 'bytes' ? bytes(count) : String(count));
  return event.total === undefined ? of(event.done) : `${of(event.done)} / ${of(event.total)}`;
}
