import type { HealthConfig } from '../oci/types.ts';
import { durationOf } from './instruction-duration.ts';
import type { HealthcheckInstruction } from './instructions.ts';
import { invalid } from './stage.ts';
import type { StageInstruction } from './stage.ts';

/**
 * What a HEALTHCHECK puts into the config; times in nanoseconds, and what is 0 means Docker's defaults. A script stays one: the shell
 * for it is found by who runs the image.
 * @throws ToolError DOCKERFILE_INVALID
 */
export function healthcheckOf({
  instruction,
  place,
}: StageInstruction<HealthcheckInstruction>): HealthConfig {
  const { command, options } = instruction;
  if (!command) return { Test: ['NONE'] };
  const time = (name: string): number => {
    const word = options.get(name);
    const nanoseconds = Number(word ? durationOf(word.text) : 0);
    if (!word || Number.isSafeInteger(nanoseconds)) return nanoseconds;
    throw invalid(`--${name}=${word.text} is too long`, 'A hundred days are the most.', place(word.span));
  };
  const fields = {
    Interval: time('interval'),
    Timeout: time('timeout'),
    StartPeriod: time('start-period'),
    StartInterval: time('start-interval'),
    Retries: Number(options.get('retries')?.text ?? 0),
  };
  return {
    Test: command.form === 'exec' ? ['CMD', ...command.argv] : ['CMD-SHELL', command.script],
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0)),
  };
}
