import { ToolError } from '../core/errors.ts';
import { checkService, emptyPort } from './names.ts';
import type { SlotName, SlotState } from './types.ts';

/** What is to be changed of a slot. */
export type SlotChange = Pick<SlotState, 'slot'> & Partial<SlotState>;

/**
 * One command line that changes slots of a service. Within a slot the address comes before the state, as a server that is made ready is used at once;
 * what gets requests comes before what loses them, so that there is no moment in which no slot has any.
 * @throws ToolError USAGE for values that are none
 */
export function setCommand(service: string, changes: readonly SlotChange[]): string {
  checkService(service);
  const rising = changes.filter((change) => takesRequests(change));
  const falling = changes.filter((change) => !takesRequests(change));
  return [...rising, ...falling].flatMap((change) => slotCommands(service, change)).join('; ');
}

function takesRequests({ weight, state }: SlotChange): boolean {
  return weight === undefined ? state === 'ready' : weight > 0 && (state ?? 'ready') === 'ready';
}

function slotCommands(service: string, { slot, port, weight, state }: SlotChange): string[] {
  const server = `set server ${service}/${slot}`;
  const address =
    port === undefined ? [] : [`${server} addr 127.0.0.1 port ${whole(port, 65_535, 'port') || emptyPort}`];
  const rest = [
    ...(weight === undefined ? [] : [`${server} weight ${whole(weight, 256, 'weight')}`]),
    ...(state === undefined ? [] : [`${server} state ${state}`]),
  ];
  // One that is taken away stops first, and loses its address after.
  return state === 'maint' ? [...rest, ...address] : [...address, ...rest];
}

function whole(value: number, most: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new ToolError('USAGE', `${value} is no ${what} of a slot: it is 0 to ${most}`);
}

/** Bits of `srv_admin_state`: maintenance by command or by configuration, and drain. */
const maintenance = 0x23;
const draining = 0x18;

/**
 * The answer of `show servers state BACKEND`: a version, names of columns behind `#`, then a line each.
 * @throws ToolError PROXY_FAILED when it is none
 */
export function parseServersState(text: string): readonly SlotState[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const header = lines.find((line) => line.startsWith('# '));
  if (!header)
    throw new ToolError('PROXY_FAILED', 'the proxy does not say the state of its servers', {
      detail: text.slice(0, 500),
    });
  const names = header.slice(2).split(' ');
  const rows = lines.slice(lines.indexOf(header) + 1).map((line) => {
    const cells = line.split(' ');
    return (name: string): string => cells[names.indexOf(name)] ?? '';
  });
  return rows.flatMap((cell) => {
    const slot = cell('srv_name');
    return slot === 'a' || slot === 'b' ? [slotState(slot, cell)] : [];
  });
}

function slotState(slot: SlotName, cell: (name: string) => string): SlotState {
  const number = (name: string): number => {
    const value = Number(cell(name));
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  const port = number('srv_port');
  const admin = number('srv_admin_state');
  const state = (admin & maintenance) !== 0 ? 'maint' : (admin & draining) !== 0 ? 'drain' : 'ready';
  // Until it is made ready, the weight that it has is the file's, which says nothing.
  const weight = state === 'maint' ? 0 : number('srv_uweight');
  return { slot, port: port === emptyPort ? 0 : port, weight, state };
}
