import type { CiFacts, Target } from './facts.ts';

/** Lines moved to the right; empty ones stay empty. */
export function indented(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(columns)}${line}`));
}

/** Stages that a pull request has no business with: nothing is sent anywhere, and no secret is needed. */
const changing = 'hosts,push,deploy,verify';

/** What each part of the check's matrix builds, and leaves out: the tests run once. */
export function matrixOf({
  platforms,
}: CiFacts): readonly { readonly platform: string; readonly skip: string }[] {
  const all = platforms.length > 0 ? platforms : ['linux/amd64'];
  return all.map((platform, index) => ({
    platform,
    skip: index === 0 ? changing : `tests,${changing}`,
  }));
}

/** `coracle ship` with the environment last, when there is one; variables in quotes. */
export function shipCommand(environment: string | undefined, flags: readonly string[]): string {
  return ['coracle', 'ship', ...flags, ...(environment === undefined ? [] : [environment])].join(' ');
}

/** What a job is called after its environment. */
export function jobOf({ environment }: Target): string {
  return environment ?? 'deploy';
}
