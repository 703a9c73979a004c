import type { FleetHost } from '../fleet.ts';
import { ask } from './runtime.ts';

/** What kind of container it is: as in the label coracle.kind. */
export interface LookedAt {
  readonly name: string;
  /** Id of the release; empty for an accessory and the proxy. */
  readonly release: string;
  readonly kind: string;
  readonly slot: string;
  readonly running: boolean;
  /** Another text after each start. */
  readonly started: string;
  readonly restarts: number;
}

/** A function of sh that lists the containers whose label coracle.$1 is $2, a line each. It wants `rt`. */
export const listFunction = `
list() {
  names=$(rt ps -aq --no-trunc --filter "label=coracle.$1=$2") || return 1
  [ -n "$names" ] || return 0
  # One that was removed in between is no error.
  rt inspect --type container --format '{{.Name}}|{{index .Config.Labels "coracle.release"}}|{{index .Config.Labels "coracle.kind"}}|{{index .Config.Labels "coracle.slot"}}|{{.State.Running}}|{{.State.StartedAt}}|{{.RestartCount}}' $names 2>/dev/null || :
}
`;

/** The containers that a host has of a service, or those of a kind. @throws ToolError HOST_UNREACHABLE, COMMAND_FAILED */
export async function listContainers(
  host: FleetHost,
  label: 'service' | 'kind',
  value: string,
): Promise<LookedAt[]> {
  const script = `${listFunction}list "$label" "$value"`;
  return readContainers(await ask(host, script, { label, value }, 'its containers cannot be listed'));
}

const form =
  /^\/?([\w][\w.-]{0,200})\|([\w.-]{0,100})\|([a-z]{0,20})\|([ab]?)\|(true|false)\|([\w :.+-]{0,80})\|(\d{1,9})$/;

/** What the function printed; a line that is not of its form is passed over. */
export function readContainers(text: string): LookedAt[] {
  return text.split('\n').flatMap((line) => {
    const found = form.exec(line);
    if (!found) return [];
    const [, name = '', release = '', kind = '', slot = '', running, started = '', restarts] = found;
    return [{ name, release, kind, slot, running: running === 'true', started, restarts: Number(restarts) }];
  });
}
