import type { SourceRange } from '../core/errors.ts';

/** One thing that a check says. */
export interface Finding {
  /** `budget`, `test`, `config/host`: what it was found by. */
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly where?: SourceRange;
  /** What to do now. */
  readonly fix?: string;
}
