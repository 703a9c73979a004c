/** What every sandbox must do, whoever runs it. Each case stands for itself: a new root, a new process. */
import type { IdMode } from '../../../src/sandbox/userns.ts';
import type { Box } from './box.ts';
import { ending } from './ending.ts';
import { isolation } from './isolation.ts';
import { mounting } from './mounting.ts';
import { process } from './process.ts';

/** What a case needs besides a sandbox. */
export type Need =
  /** Users and groups besides root. */
  | 'users'
  /** Namespaces and mounts: not chroot. */
  | 'namespaces'
  /** Its /proc. */
  | 'proc'
  /** Control groups. */
  | 'limits';

export interface Case {
  readonly name: string;
  readonly needs?: readonly Need[];
  run(box: Box): Promise<void>;
}

export const cases: readonly Case[] = [...process, ...mounting, ...ending, ...isolation];

export interface Where {
  readonly runtime: 'builtin' | 'runc' | 'chroot';
  readonly mode: IdMode;
  /** Root in a container that may neither unshare nor mount. */
  readonly contained: boolean;
}

/** Undefined when the case can be tried there, else why not. */
export function leftOut({ needs = [] }: Case, { runtime, mode, contained }: Where): string | undefined {
  const reasons: Readonly<Record<Need, string | undefined>> = {
    users: mode === 'single' ? 'one id only' : undefined,
    namespaces: runtime === 'chroot' ? 'chroot says that it cannot' : undefined,
    proc: contained ? 'no /proc' : undefined,
    limits: runtime === 'chroot' || mode !== 'root' ? 'no control groups' : undefined,
  };
  return needs.map((need) => reasons[need]).find((reason) => reason !== undefined);
}
