import type { ProgressView } from './progress.ts';

/** Progress for programs: one JSON event a line. */
export function jsonView(write: (text: string) => void): ProgressView {
  return {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    end: () => undefined,
  };
}
