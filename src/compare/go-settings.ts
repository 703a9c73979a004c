/** Settings of the go command that this machine has and that its containers need too: where modules come from. */
import path from 'node:path';
import { promises as fs } from 'node:fs';
import type { SecretSource } from '../build/types.ts';
import type { Ctx, Env } from '../core/ctx.ts';
import { readGoEnv } from '../golang/goenv.ts';

export interface GoAccess {
  /** Build arguments, by name. */
  readonly args: Readonly<Record<string, string>>;
  /** Options of secret mounts: `id=GOPROXY,env=GOPROXY`. */
  readonly mounts: readonly string[];
  readonly secrets: readonly SecretSource[];
  /** In which the secrets' variables are. */
  readonly env: Env;
}

const names = ['GOPROXY', 'GOSUMDB', 'GOPRIVATE', 'GONOPROXY', 'GONOSUMDB', 'GOINSECURE'];

/** What the user set, in the environment or with `go env -w`. A value with a password in it stays out of arguments, which images show. */
export async function goAccess(ctx: Ctx): Promise<GoAccess> {
  const settings = await readGoEnv(ctx);
  const set = names.flatMap((name): [string, string][] => {
    const value = settings.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const hidden = set.filter(([, value]) => /\/\/[^/,|]*@/.test(value));
  const netrc = await netrcOf(ctx.env);
  return {
    args: Object.fromEntries(set.filter((pair) => !hidden.includes(pair))),
    mounts: [
      ...hidden.map(([name]) => `id=${name},env=${name}`),
      ...(netrc === undefined ? [] : ['id=netrc,target=/root/.netrc']),
    ],
    secrets: [
      ...hidden.map(([name]): SecretSource => ({ id: name, from: { env: name } })),
      ...(netrc === undefined ? [] : [{ id: 'netrc', from: { file: netrc } }]),
    ],
    env: { ...ctx.env, ...Object.fromEntries(hidden) },
  };
}

/** Where passwords for private modules are; the go command looks at the same places. */
async function netrcOf(env: Env): Promise<string | undefined> {
  const home = env['HOME'];
  const file = env['NETRC'] || (home ? path.join(home, '.netrc') : undefined);
  if (file === undefined || !path.isAbsolute(file)) return undefined;
  return fs.access(file, fs.constants.R_OK).then(
    () => file,
    () => undefined,
  );
}
