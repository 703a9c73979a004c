import { ToolError } from '../core/errors.ts';
import { ask } from './ask.ts';
import { checkService } from './names.ts';
import { parseServersState, setCommand } from './slots.ts';
import { parseStat } from './stat.ts';
import type { ProxySocket } from './types.ts';

/**
 * The runtime socket at `socketPath`, which may be forwarded from a host. Each command has a connection of its own, so that a proxy that was restarted
 * in between is none the wiser.
 * @throws ToolError PROXY_UNREACHABLE when nobody answers there
 */
export async function openProxySocket(socketPath: string): Promise<ProxySocket> {
  const command = async (line: string): Promise<string> => {
    if (/[\r\n\0]/.test(line)) throw new ToolError('USAGE', 'a command of the proxy is one line');
    const answer = await ask(socketPath, line);
    if (refusal.test(answer.trimStart())) throw refused(line, answer);
    return answer;
  };
  await command('show version');
  return {
    command,
    async set(service, ...changes) {
      const line = setCommand(service, changes);
      if (line === '') return;
      const answer = await ask(socketPath, line);
      const bad = answer.split('\n').find((said) => said.trim() !== '' && !changed.test(said));
      if (bad !== undefined) throw refused(line, bad);
    },
    slots: async (service) => parseServersState(await command(`show servers state ${checkService(service)}`)),
    counters: async (service) => parseStat(await command(`show stat ${checkService(service)} 4 -1`)),
    async requests(signal, each) {
      const { followRequests } = await import('./requests.ts');
      await followRequests(socketPath, signal, each);
    },
    close: () => Promise.resolve(),
  };
}

/**
 * A command with payload behind `<<`, which ends with an empty line. The payload is never told in an error.
 * @throws ToolError PROXY_FAILED, PROXY_UNREACHABLE
 */
export async function sendPayload(socketPath: string, text: string): Promise<string> {
  const answer = await ask(socketPath, text);
  if (refusal.test(answer.trimStart())) throw refused(text, answer);
  return answer;
}

/** How answers begin that say that a command was not done. */
const refusal =
  /^(?:Unknown |No such |Can't |Cannot |Permission denied|Invalid |invalid |Require|Missing |Unable |unable |Malformed |Bad |'[a-z]|Absolute weight|Backend is |Failed|Error)/;
/** All that HAProxy says of a `set server` that was done; it says nothing of weights and states. */
const changed = /^(?:IP changed|port changed|no need to change|nothing changed)/i;

/** Commands may hold payload (keys), so only their first words are said. */
function refused(line: string, answer: string): ToolError {
  const words = line.split('\n', 1)[0] ?? '';
  return new ToolError('PROXY_FAILED', `the proxy refused ${JSON.stringify(words)}`, {
    detail: answer.trim().slice(0, 1000),
  });
}
