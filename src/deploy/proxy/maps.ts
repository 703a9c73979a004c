import type { ProxySocket } from '../../proxy/types.ts';
import { mapNames } from './service.ts';
import type { MapName } from './service.ts';

/**
 * Makes the maps of a running proxy say what is wanted, in one step that no request sees half of. Nothing is sent when they do.
 * @returns whether something was changed
 * @throws ToolError PROXY_FAILED, PROXY_UNREACHABLE
 */
export async function syncMaps(
  socket: ProxySocket,
  send: (text: string) => Promise<string>,
  wanted: Readonly<Record<MapName, readonly string[]>>,
): Promise<boolean> {
  const differing = await Promise.all(
    mapNames.map(async (name) => {
      const now = entriesOf(await socket.command(`show map maps/${name}.map`));
      return sameEntries(name, now, wanted[name]) ? undefined : name;
    }),
  );
  const commits = [];
  for (const name of differing.filter((one) => one !== undefined)) {
    const file = `maps/${name}.map`;
    const version = /(\d+)\s*$/.exec(await socket.command(`prepare map ${file}`))?.[1] ?? '';
    const entries = wanted[name];
    if (entries.length > 0) await send(`add map @${version} ${file} <<\n${entries.join('\n')}\n`);
    commits.push(`commit map @${version} ${file}`);
  }
  if (commits.length > 0) await socket.command(commits.join('; '));
  return commits.length > 0;
}

/** Lines of `show map`: an address, the key, the value. */
function entriesOf(answer: string): string[] {
  return answer
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(' ').slice(1).join(' '));
}

/** Only wildcards have an order. */
function sameEntries(name: MapName, now: readonly string[], wanted: readonly string[]): boolean {
  const form = (lines: readonly string[]): string =>
    (name === 'wildcards' ? lines : lines.toSorted()).join('\n');
  return form(now) === form(wanted);
}
