/** Values of flags that say how a process runs: sizes, limits, hosts. Shared by `build` and `run`. */
import { isIP } from 'node:net';
import { ToolError } from '../core/errors.ts';

const powers: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4 };

/** `64m`, `1g`, `512` as docker writes sizes: powers of 1024. @throws ToolError USAGE */
export function bytesOf(text: string, flag: string): number {
  const form = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text);
  const bytes = form
    ? Math.floor(Number(form[1]) * 1024 ** (powers[(form[2] ?? '').toLowerCase()] ?? 0))
    : NaN;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new ToolError('USAGE', `${flag}: ${JSON.stringify(text)} is no size`, {
    hint: 'Write it as 64m or 1g.',
  });
}

const limits = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

/** `nofile=1024:2048`; -1 is unlimited. @throws ToolError USAGE */
export function ulimitOf(text: string): { name: string; soft: number; hard: number } {
  const form = /^([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?$/.exec(text);
  const number = (value: string): number => (value === 'unlimited' ? -1 : Number(value));
  const [, name = '', soft = '', hard = soft] = form ?? [];
  if (!form || !limits.includes(name))
    throw new ToolError('USAGE', `--ulimit: ${JSON.stringify(text)} is not NAME=SOFT[:HARD]`, {
      hint: `For example nofile=1024:2048; names are ${limits.join(', ')}.`,
    });
  const limit = { name, soft: number(soft), hard: number(hard) };
  if (limit.hard !== -1 && (limit.soft === -1 || limit.soft > limit.hard))
    throw new ToolError('USAGE', `--ulimit: the soft limit of ${name} is above the hard one`);
  return limit;
}

/** `name:address` or `name=address`, an IPv6 address in brackets or bare; `host-gateway` is this machine. @throws ToolError USAGE */
export function addHostOf(text: string): { name: string; address: string } {
  const form = /^([^:=\s]+)[:=](.+)$/.exec(text);
  const address = (form?.[2] ?? '').replace(/^\[(.*)\]$/, '$1');
  if (form && address === 'host-gateway') return { name: form[1] ?? '', address: '127.0.0.1' };
  if (form && isIP(address) !== 0) return { name: form[1] ?? '', address };
  throw new ToolError('USAGE', `--add-host: ${JSON.stringify(text)} is not NAME:ADDRESS`, {
    hint: 'For example --add-host db:10.0.0.7.',
  });
}
