import type { Verb } from './verb.ts';

/** Every verb, in the order of help; loaded when it is asked for. */
export const verbs = {
  build: async () => (await import('./verbs/build.ts')).build,
  run: async () => (await import('./verbs/run.ts')).run,
  push: async () => (await import('./verbs/push.ts')).push,
  pull: async () => (await import('./verbs/pull.ts')).pull,
  copy: async () => (await import('./verbs/copy.ts')).copy,
  inspect: async () => (await import('./verbs/inspect.ts')).inspect,
  explain: async () => (await import('./verbs/explain.ts')).explain,
  compare: async () => (await import('./verbs/compare.ts')).compare,
  diff: async () => (await import('./verbs/diff.ts')).diff,
  ship: async () => (await import('./verbs/ship.ts')).ship,
  deploy: async () => (await import('./verbs/deploy.ts')).deploy,
  rollback: async () => (await import('./verbs/rollback.ts')).rollback,
  status: async () => (await import('./verbs/status.ts')).status,
  history: async () => (await import('./verbs/history.ts')).history,
  setup: async () => (await import('./verbs/setup.ts')).setup,
  down: async () => (await import('./verbs/down.ts')).down,
  exec: async () => (await import('./verbs/exec.ts')).exec,
  stats: async () => (await import('./verbs/stats.ts')).stats,
  logs: async () => (await import('./verbs/logs.ts')).logs,
  images: async () => (await import('./verbs/images.ts')).images,
  tag: async () => (await import('./verbs/tag.ts')).tag,
  rm: async () => (await import('./verbs/rm.ts')).rm,
  prune: async () => (await import('./verbs/prune.ts')).prune,
  login: async () => (await import('./verbs/login.ts')).login,
  logout: async () => (await import('./verbs/logout.ts')).logout,
  base: async () => (await import('./verbs/base.ts')).base,
  toolchain: async () => (await import('./verbs/toolchain.ts')).toolchain,
  compose: async () => (await import('./verbs/compose.ts')).compose,
  config: async () => (await import('./verbs/config.ts')).config,
  ci: async () => (await import('./verbs/ci.ts')).ci,
  lock: async () => (await import('./verbs/lock.ts')).lock,
  doctor: async () => (await import('./verbs/doctor.ts')).doctor,
  completion: async () => (await import('./verbs/completion.ts')).completion,
  version: async () => (await import('./verbs/version.ts')).version,
  help: async () => (await import('./verbs/help.ts')).help,
} as const satisfies Record<string, () => Promise<Verb>>;

export type VerbName = keyof typeof verbs;

export function isVerb(name: string): name is VerbName {
  return Object.hasOwn(verbs, name);
}
