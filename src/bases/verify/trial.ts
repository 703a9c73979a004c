import type { Ctx } from '../../core/ctx.ts';
import type { Inside, Ran } from './inside.ts';
import { lastLines } from './inside.ts';
import type { Probe } from './probe.ts';
import type { Service } from './service.ts';
import type { Tried, VerifyRequest } from './types.ts';

/** What every test has at hand. */
export interface Trial {
  readonly ctx: Ctx;
  readonly inside: Inside;
  readonly request: VerifyRequest;
  readonly service: Service;
  /** Made at the first call; undefined where there is no Go. */
  probe(): Promise<Probe | undefined>;
}

export function passed(why: string, by: string): Tried {
  return { outcome: 'passed', why, by };
}

export function notApplicable(why: string): Tried {
  return { outcome: 'not applicable', why };
}

export function failed(why: string, by: string, ran?: Ran): Tried {
  return { outcome: 'failed', why, by, ...(ran && { said: lastLines(ran) }) };
}

/** How results name what was not run, but looked at by us. */
export const outside = 'read from outside';

/** Whether a package was composed into the base, or undefined when that is not known. */
export function composedOf({ packages }: VerifyRequest, name: string): boolean | undefined {
  return packages && packages.some((item) => item.name === name);
}
