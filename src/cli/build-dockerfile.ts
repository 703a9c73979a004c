import path from 'node:path';
import type { CacheSpec, DockerfileSettings, SecretSource, SshSource } from '../build/types.ts';
import { csvPairs } from '../config/csv.ts';
import type { DockerfileConfig } from '../config/types.ts';
import { pairs } from '../config/values.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { BuildInput } from './build-config.ts';
import { addHostOf, bytesOf, ulimitOf } from './process-flags.ts';

/**
 * What the flags and coracle.yaml's `dockerfile:` say of a Dockerfile build.
 * @throws ToolError USAGE, REFERENCE_INVALID
 */
export function dockerfileOf(ctx: Ctx, input: BuildInput, config: DockerfileConfig = {}): DockerfileSettings {
  const file = input.value('file') ?? config.file;
  const target = input.value('target') ?? config.target;
  const shmSize = input.value('shm-size');
  const network = input.value('network');
  const sandbox = input.value('sandbox');
  const flag = (name: Parameters<typeof input.flag>[0]): boolean => input.flag(name) ?? false;
  return {
    ...(file === undefined ? {} : { file }),
    ...(target === undefined || target === '' ? {} : { target }),
    args: { ...config.args, ...pairs(input.values('build-arg'), { name: '--build-arg' }, ctx.env) },
    contexts: pairs(input.values('build-context'), { name: '--build-context' }),
    secrets: input.values('secret').map((text) => secretOf(text, ctx.cwd)),
    ssh: input.values('ssh').map((text) => sshOf(text, ctx.cwd)),
    addHosts: input.values('add-host').map(addHostOf),
    network: network === 'host' || network === 'none' ? network : 'default',
    ...(shmSize === undefined ? {} : { shmSize: bytesOf(shmSize, '--shm-size') }),
    ulimits: input.values('ulimit').map(ulimitOf),
    allow: input
      .values('allow')
      .flatMap((text) => text.split(','))
      .map(allowed),
    sandbox: sandbox === 'builtin' || sandbox === 'runc' || sandbox === 'chroot' ? sandbox : 'auto',
    pull: flag('pull'),
    keepTimestamps: flag('keep-timestamps'),
    noCacheStages: input.values('no-cache-filter').flatMap((text) => text.split(',')),
    cacheFrom: input.values('cache-from').map((text) => cacheOf(text, '--cache-from', ctx.cwd)),
    cacheTo: input.values('cache-to').map((text) => cacheOf(text, '--cache-to', ctx.cwd)),
    cacheMounts: flag('cache-mounts'),
    goCache: input.flag('go-cache') ?? true,
    explain: flag('explain'),
    dryRun: flag('dry-run'),
    verify: flag('verify'),
  };
}

/** buildx's form: `id=ID,src=FILE`, `id=ID,env=NAME`, `id=ID` (a file or variable of that name is not guessed: the variable is taken). */
function secretOf(text: string, cwd: string): SecretSource {
  const flag = '--secret';
  const found = csvPairs(text, flag);
  const type = found.get('type');
  const file = found.get('src') ?? found.get('source');
  const variable = found.get('env');
  const id = found.get('id') ?? (file === undefined ? undefined : path.basename(file));
  for (const name of found.keys()) {
    if (!['id', 'src', 'source', 'env', 'type'].includes(name))
      throw new ToolError('USAGE', `${flag}: there is no ${JSON.stringify(name)}`, {
        hint: 'It takes id=ID with src=FILE or env=NAME.',
      });
  }
  if (id === undefined || id === '') {
    throw new ToolError('USAGE', `${flag}: ${JSON.stringify(text)} has no id`, {
      hint: 'For example --secret id=token,src=token.txt, or --secret id=token,env=TOKEN.',
    });
  }
  if (type !== undefined && type !== 'file' && type !== 'env')
    throw new ToolError('USAGE', `${flag}: the type is file or env, not ${JSON.stringify(type)}`);
  if (file !== undefined && variable !== undefined)
    throw new ToolError('USAGE', `${flag}: ${id} comes from a file or from a variable, not from both`);
  // With type=env, buildx takes src as the variable's name.
  if (variable !== undefined || type === 'env') return { id, from: { env: variable ?? file ?? id } };
  return file === undefined ? { id, from: { env: id } } : { id, from: { file: path.resolve(cwd, file) } };
}

function sshOf(text: string, cwd: string): SshSource {
  const equals = text.indexOf('=');
  const id = equals === -1 ? text : text.slice(0, equals);
  if (id === '' || /[,\s]/.test(id))
    throw new ToolError('USAGE', `--ssh: ${JSON.stringify(text)} has no id`, {
      hint: 'For example --ssh default, or --ssh deploy=~/.ssh/id_ed25519.',
    });
  const paths =
    equals === -1
      ? []
      : text
          .slice(equals + 1)
          .split(',')
          .filter((part) => part !== '');
  return { id, paths: paths.map((part) => path.resolve(cwd, part)) };
}

const entitlements = ['security.insecure', 'network.host'];

function allowed(text: string): string {
  if (entitlements.includes(text)) return text;
  throw new ToolError('USAGE', `--allow: there is no ${JSON.stringify(text)}`, {
    hint: `It takes ${entitlements.join(' and ')}.`,
  });
}

function cacheOf(text: string, flag: '--cache-from' | '--cache-to', cwd: string): CacheSpec {
  if (!text.includes('=')) return { type: 'registry', ref: referenceOf(text), mode: 'min' };
  const found = csvPairs(text, flag);
  const type = found.get('type');
  const mode = found.get('mode') ?? 'min';
  if (mode !== 'min' && mode !== 'max')
    throw new ToolError('USAGE', `${flag}: the mode is min or max, not ${JSON.stringify(mode)}`);
  const ignore = found.get('ignore-error');
  const way = {
    mode,
    ...(ignore === undefined ? {} : { ignoreError: ignore === 'true' || ignore === '1' }),
  } as const;
  const folder = flag === '--cache-to' ? 'dest' : 'src';
  const needs = (name: string): string => {
    const value = found.get(name);
    if (value !== undefined && value !== '') return value;
    throw new ToolError('USAGE', `${flag}: type=${type ?? ''} needs ${name}=`);
  };
  switch (type) {
    case 'registry':
      return { type, ref: referenceOf(needs('ref')), ...way };
    case 'local':
      return { type, directory: path.resolve(cwd, needs(folder)), ...way };
    case 'inline':
      if (flag === '--cache-to') return { type };
      throw new ToolError('USAGE', `${flag}: an inline cache is read as type=registry,ref=IMAGE`);
    case undefined:
    default:
      throw new ToolError('UNSUPPORTED', `${flag}: there is no type=${type ?? ''}`, {
        hint: 'It is registry, local or inline.',
      });
  }
}

function referenceOf(text: string): string {
  return formatReference(withDefaultTag(parseReference(text)));
}
