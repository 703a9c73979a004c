import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';

/** SOURCE_DATE_EPOCH (reproducible-builds.org) in seconds. @throws ToolError CONFIG_INVALID when it is no whole number */
export function sourceDateEpoch({ env }: Ctx): number | undefined {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds) && seconds < 253_402_300_800) return seconds;
  throw new ToolError('CONFIG_INVALID', `SOURCE_DATE_EPOCH=${text} is no number of seconds since 1970`, {
    hint: 'For example: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
  });
}
