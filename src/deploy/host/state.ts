import { ToolError } from '../../core/errors.ts';
import type { SlotName } from '../../proxy/types.ts';
import type { LockHolder, PlacedRelease, Release, ServiceState } from '../types.ts';

/** Letters, digits, `.`, `_` and `-`, as the scripts check it. */
const token = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,127}$/;
/** Which of the records of a release that is not confirmed is meant. */
const fresh = new Set(['pending', 'reverting', 'confirmed', 'starting']);

/**
 * What `op_state` printed.
 * @throws ToolError HOST_UNFIT when it is not what it must be
 */
export function parseState(host: string, service: string, text: string): ServiceState {
  const lines = text.split('\n').filter((line) => line !== '');
  const find = (name: string): string | undefined =>
    lines.find((line) => line === name || line.startsWith(`${name} `))?.slice(name.length + 1);
  const placed = (name: string): PlacedRelease | undefined => {
    const said = find(name);
    return said === undefined ? undefined : parsePlaced(host, service, said);
  };
  const record = lines.map((line) => line.split(' ', 1)[0] ?? '').find((name) => fresh.has(name));
  const pending = record === undefined ? undefined : placed(record);
  const holder = find('lock');
  return {
    current: placed('current'),
    previous: placed('previous'),
    pending: pending && {
      ...pending,
      // A pending one without a rest of time has lost its timer to a reboot.
      armed: record === 'pending' ? find('left') !== undefined : record !== 'starting',
      left: (find('left') === undefined ? 0 : whole(host, find('left') ?? '')) * 1000,
      prepared: lines.includes('prepared'),
    },
    strays: lines
      .filter((line) => line.startsWith('stray '))
      .map((line) => line.slice('stray '.length))
      .filter((name) => token.test(name)),
    lock: holder === undefined ? undefined : parseHolder(holder),
  };
}

/** `ID SLOT PORT RUNNING JSON` */
function parsePlaced(host: string, service: string, said: string): PlacedRelease {
  const [id = '', slot = '', port = '', running = '', ...json] = said.split(' ');
  return {
    release: parseRelease(host, service, id, json.join(' ')),
    ...parsePlace(host, slot, port),
    container: `${service}-${id}`,
    running: running === 'true',
  };
}

/** @throws ToolError HOST_UNFIT */
export function parsePlace(
  host: string,
  slot: string,
  port: string,
): { readonly slot: SlotName; readonly port: number } {
  if (slot !== 'a' && slot !== 'b') throw damaged(host, `slot ${slot}`);
  const number = whole(host, port);
  if (number < 1 || number > 65_535) throw damaged(host, `port ${port}`);
  return { slot, port: number };
}

/** A release as its deployer wrote it; of one whose record was lost, its name. @throws ToolError HOST_UNFIT */
export function parseRelease(host: string, service: string, id: string, json: string): Release {
  if (!token.test(id)) throw damaged(host, `release ${id.slice(0, 40)}`);
  const said = parseObject(json);
  const text = (name: string): string => {
    const value = said[name];
    return typeof value === 'string' ? value.slice(0, 200) : '';
  };
  const image = /^sha256:([0-9a-f]{64})$/.exec(text('image'))?.[1] ?? '0'.repeat(64);
  const at = said['at'];
  return {
    id,
    service,
    image: `sha256:${image}`,
    version: text('version') || id,
    by: text('by') || 'unknown',
    at: typeof at === 'number' && Number.isFinite(at) ? at : 0,
  };
}

/** The record of who holds a lock: anything that is not of its form counts as not said. */
export function parseHolder(json: string): LockHolder {
  const { by, what, since } = parseObject(json);
  return {
    by: typeof by === 'string' ? by.slice(0, 200) : 'somebody',
    what: typeof what === 'string' ? what.slice(0, 200) : 'deploy',
    since: typeof since === 'number' && Number.isFinite(since) ? since : 0,
  };
}

/** A JSON object, or none. */
export function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function whole(host: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw damaged(host, `a number (${text.slice(0, 40)})`);
}

function damaged(host: string, what: string): ToolError {
  return new ToolError('HOST_UNFIT', `${host}: its records of the service do not say ${what} as they must`, {
    hint: 'Look at them on the host, in services/ of its records; `coracle down` removes them.',
  });
}
