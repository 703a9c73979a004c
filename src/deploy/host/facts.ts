import { ToolError } from '../../core/errors.ts';
import type { HostFacts } from '../types.ts';

/**
 * What `op_facts` printed: lines of a name and a value.
 * @param asked when it was asked and answered, milliseconds since the epoch by our clock
 * @throws ToolError HOST_UNFIT when it is not what it must be
 */
export function parseFacts(host: string, text: string, asked: { from: number; to: number }): HostFacts {
  const lines = text.slice(0, 16_384).split('\n');
  const said = (name: string, form: RegExp): string => {
    const value = lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
    if (form.test(value)) return value;
    throw new ToolError('HOST_UNFIT', `${host} does not say its ${name}`, {
      hint: '`coracle setup` makes a host ready.',
      detail: text.slice(0, 2000),
    });
  };
  const number = /^\d{1,15}$/;
  // `date` of busybox has no nanoseconds.
  const clock = said('clock', /^\d{10,20}(?:%?N)?$/).replace(/%?N/, '');
  const theirs = clock.length > 15 ? Number(clock.slice(0, -6)) : Number(clock) * 1000;
  return {
    runtime: said('runtime', /^(?:docker|podman)$/) === 'podman' ? 'podman' : 'docker',
    rootless: said('rootless', /^(?:true|false)$/) === 'true',
    runtimeVersion: said('version', /^[0-9A-Za-z.+~-]{1,64}$/),
    platform: said('platform', /^[a-z0-9]{1,16}\/[a-z0-9_]{1,16}$/),
    os: printable(said('os', /^.{0,200}$/)),
    cpus: Number(said('cpus', number)),
    memory: Number(said('memoryKiB', number)) * 1024,
    freeBytes: Number(said('freeKiB', number)) * 1024,
    clockAhead: Math.round(theirs - (asked.from + asked.to) / 2),
    boot: said('boot', /^[0-9a-f-]{36}$/),
    directory: said('directory', /^\/[^\0\n]{1,512}$/),
  };
}

function printable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E\u00A0-\u024F]/g, '') || 'Linux';
}
