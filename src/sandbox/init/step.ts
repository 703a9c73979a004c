import { CallError } from './libc.ts';

/** A step of the set-up that failed, in words that a person can use. */
export class StepError extends Error {
  readonly step: string;
  readonly call: string;
  readonly code: string;
  constructor(step: string, cause: unknown) {
    super(step, { cause });
    const system = cause instanceof Error && 'code' in cause && typeof cause.code === 'string';
    this.step = step;
    this.code = system ? String(cause.code) : cause instanceof Error ? cause.message : String(cause);
    this.call =
      cause instanceof CallError
        ? cause.call
        : cause instanceof Error && 'syscall' in cause
          ? String(cause.syscall)
          : '';
  }
}

/** Runs `work`; what it throws becomes a StepError with this name. */
export function step<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StepError ? error : new StepError(name, error);
  }
}
