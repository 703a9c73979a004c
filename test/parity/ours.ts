/** Coracle's side of a case: the launcher, as a user calls it, by one of three kinds of user. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { call, tryCall } from '../components/program.ts';
import { become, nobody } from '../components/users.ts';
import { asContained } from '../sandbox/contract.ts';
import type { Who } from '../components/users.ts';
import { program } from '../e2e/coracle.ts';
import { now } from './built.ts';
import type { Built } from './built.ts';
import type { Case } from './case.ts';
import { readOciArchive } from './image.ts';
import { packContext, placeCase, secretVariable } from './place.ts';
import type { Services } from './services.ts';

export interface Ours {
  readonly began: number;
  build(case_: Case): Promise<Built>;
  stop(): Promise<void>;
}

/** Who builds: a kind of user, or root of a default Docker container, who may neither unshare nor mount. */
export type Builder = Who | 'contained';

export async function createOurs(builder: Builder, services: Services): Promise<Ours> {
  const who = builder === 'contained' ? 'root' : builder;
  const home = mkdtempSync(path.join(tmpdir(), 'coracle-parity-ours-'));
  chmodSync(home, 0o755);
  const state = path.join(home, 'state');
  mkdirSync(state);
  if (who !== 'root') chownSync(state, nobody.uid, nobody.gid);
  const prefix = builder === 'contained' ? asContained([]) : become(who, home);
  // The bundle of a clone is brought up to date by whoever may write there.
  await call([program, 'version']);
  const began = now();
  let count = 0;
  return {
    began,
    async build(case_) {
      count += 1;
      const place = path.join(home, String(count));
      mkdirSync(place);
      if (who !== 'root') chownSync(place, nobody.uid, nobody.gid);
      const { args, env, input } = await ourArguments(place, case_, services, who);
      const dest = path.join(place, 'out.tar');
      const exit = await tryCall(
        [
          ...prefix,
          program,
          'build',
          ...args,
          '--progress=plain',
          '--keep-timestamps',
          ...(builder === 'contained' ? ['--sandbox', 'chroot'] : []),
          '-o',
          `type=oci,dest=${dest}`,
        ],
        {
          cwd: place,
          env: { HOME: state, CORACLE_HOME: path.join(state, 'coracle'), ...env },
          ...(input && { input }),
        },
      );
      const built: Built =
        exit.code === 0
          ? { images: readOciArchive(dest), began, ended: now() }
          : { refused: `exit ${exit.code}\n${exit.stderr}` };
      await removeTree(place);
      return built;
    },
    async stop() {
      await removeTree(home);
    },
  };
}

async function ourArguments(
  place: string,
  case_: Case,
  services: Services,
  who: Who,
): Promise<{ args: string[]; env: Readonly<Record<string, string>>; input?: Buffer }> {
  const { options = {} } = case_;
  const placed = await placeCase(place, case_, services, who === 'root' ? {} : { owner: nobody });
  const args: string[] = [];
  let input: Buffer | undefined;
  const { context, dockerfile } = options;
  if (typeof context === 'object') {
    args.push(await services.fill(case_, context.address));
    if (dockerfile !== undefined) args.push('--file', dockerfile);
  } else if (context === undefined) {
    args.push(placed.context, '--file', dockerfile === '-' ? '-' : placed.dockerfile);
    if (dockerfile === '-') input = readFileSync(placed.dockerfile);
  } else {
    input = await packContext(placed, context);
    args.push('-', ...(dockerfile === undefined ? [] : ['--file', dockerfile]));
  }
  for (const [name, named] of Object.entries(options.contexts ?? {})) {
    const where =
      'files' in named
        ? (placed.directories[name] ?? '')
        : 'image' in named
          ? `docker-image://${await services.fill(case_, `@registry@/${named.image}:latest`)}`
          : `oci-layout://${services.bases.layout}@${services.bases.digests[named.layout] ?? ''}`;
    args.push('--build-context', `${name}=${where}`);
  }
  if (options.target !== undefined) args.push('--target', options.target);
  for (const [name, value] of Object.entries(options.buildArgs ?? {}))
    args.push('--build-arg', `${name}=${await services.fill(case_, value)}`);
  for (const [name, value] of Object.entries(options.labels ?? {})) args.push('--label', `${name}=${value}`);
  if (options.platforms) args.push('--platform', options.platforms.join(','));
  for (const [name, to] of Object.entries(options.addHosts ?? {})) args.push('--add-host', `${name}:${to}`);
  if (options.network !== undefined) args.push('--network', options.network);
  if (options.shmSize !== undefined) args.push('--shm-size', options.shmSize);
  for (const limit of options.ulimits ?? []) args.push('--ulimit', limit);
  for (const [id, file] of Object.entries(placed.secrets)) args.push('--secret', `id=${id},src=${file}`);
  for (const [id, secret] of Object.entries(options.secrets ?? {}))
    if ('env' in secret) args.push('--secret', `id=${id},env=${secretVariable(id)}`);
  if (options.ssh !== undefined)
    args.push('--ssh', `${options.ssh}=${await services.sshAgent(who === 'root' ? undefined : nobody)}`);
  args.push('--allow', 'security.insecure', '--allow', 'network.host');
  return { args, env: placed.env, ...(input && { input }) };
}
