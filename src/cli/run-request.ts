import type { ProcessRequest } from '../run/types.ts';
import { ToolError } from '../core/errors.ts';
import { addHostOf, bytesOf, ulimitOf } from './process-flags.ts';
import type { runFlags } from './run-flags.ts';
import type { Parsed } from './verb.ts';

type Names<T extends 'boolean' | 'string'> = Extract<(typeof runFlags)[number], { readonly type: T }>['name'];
export type RunInput = Parsed<Names<'boolean'>, Names<'string'>>;

/** How the flags want the process to run. @throws ToolError USAGE */
export function processRequestOf(input: RunInput): ProcessRequest {
  const text = (key: string, name: Names<'string'>): Record<string, string> => {
    const value = input.value(name);
    return value === undefined ? {} : { [key]: value };
  };
  const number = <T>(key: string, name: Names<'string'>, read: (value: string, flag: string) => T) => {
    const value = input.value(name);
    return value === undefined ? {} : { [key]: read(value, `--${name}`) };
  };
  return {
    ...text('entrypoint', 'entrypoint'),
    ...text('user', 'user'),
    ...text('workdir', 'workdir'),
    ...text('hostname', 'hostname'),
    env: input.values('env'),
    envFiles: input.values('env-file'),
    ports: input.values('publish'),
    volumes: input.values('volume'),
    tmpfs: input.values('tmpfs').map(tmpfsOf),
    network: input.value('network') === 'none' ? 'none' : 'host',
    addHosts: input.values('add-host').map(addHostOf),
    readOnly: input.flag('read-only') ?? false,
    ...number('memory', 'memory', bytesOf),
    ...number('cpus', 'cpus', positive),
    ...number('pids', 'pids-limit', positive),
    ...number('shmSize', 'shm-size', bytesOf),
    ulimits: input.values('ulimit').map(ulimitOf),
    capAdd: input.values('cap-add').map(capability),
    capDrop: input.values('cap-drop').map(capability),
    tty: input.flag('tty') ?? false,
    stopTimeout: seconds(input.value('stop-timeout') ?? '10', '--stop-timeout'),
  };
}

/** `PATH[:size=SIZE,mode=MODE]`; other options of mount(8) are as they are here anyway. */
function tmpfsOf(text: string): ProcessRequest['tmpfs'][number] {
  const [target = '', options = ''] = text.split(':');
  const said = new Map(
    options.split(',').map((option) => [option.split('=')[0] ?? '', option.split('=')[1] ?? '']),
  );
  const size = said.get('size');
  const mode = said.get('mode') ?? '1777';
  if (!target.startsWith('/') || !/^0?[0-7]{3,4}$/.test(mode)) {
    throw new ToolError('USAGE', `--tmpfs: ${JSON.stringify(text)} is not PATH[:size=SIZE,mode=MODE]`, {
      hint: 'For example --tmpfs /tmp:size=64m.',
    });
  }
  return {
    kind: 'tmpfs',
    target,
    mode: Number.parseInt(mode, 8),
    ...(size === undefined ? {} : { size: bytesOf(size, '--tmpfs') }),
  };
}

function positive(text: string, flag: string): number {
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (number > 0) return number;
  throw new ToolError('USAGE', `${flag}: ${JSON.stringify(text)} is no number above 0`);
}

function seconds(text: string, flag: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new ToolError('USAGE', `${flag}: ${JSON.stringify(text)} is no number of seconds`);
}

/** `NET_ADMIN`, `CAP_NET_ADMIN` or `all`, in the kernel's spelling. */
function capability(text: string): string {
  const name = text.toUpperCase().replace(/^CAP_/, '');
  if (!/^[A-Z_]+$/.test(name))
    throw new ToolError('USAGE', `${JSON.stringify(text)} is no capability`, {
      hint: 'For example NET_ADMIN, or ALL.',
    });
  return name === 'ALL' ? name : `CAP_${name}`;
}
