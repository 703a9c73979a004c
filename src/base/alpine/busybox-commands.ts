import { ToolError } from '../../core/errors.ts';
import type { Entry } from '../../layer/entry.ts';
import { contentOf } from '../tree.ts';

/** Bytes of the largest busybox that is read. */
const largest = 16 * 1024 * 1024;

/** Names of commands in a row, each ended by a zero, sorted; all builds have these first. What stands before them is anything. */
const first = Buffer.from('[\0[[\0', 'latin1');

/**
 * The commands that a busybox holds, as it would list them itself, read from its table of names without running it: a build for another
 * machine can be asked too.
 * @throws ToolError BASE_CANNOT_RUN when it is not there, or no such table is found
 */
export async function busyboxCommands(entry: Entry | undefined): Promise<string[]> {
  const bytes = entry && (await contentOf(entry, largest));
  const at = bytes?.indexOf(first) ?? -1;
  if (!bytes || at === -1) {
    throw new ToolError('BASE_CANNOT_RUN', 'the packages hold no busybox that can be read', {
      hint: 'Look at the packages of the base: busybox-static must be among them.',
    });
  }
  const names: string[] = [];
  for (let from = at; ;) {
    const to = bytes.indexOf(0, from);
    const name = bytes.toString('latin1', from, to);
    const before = names.at(-1);
    if (to === -1 || !/^[a-z0-9_[.+-]{1,32}$/.test(name) || (before !== undefined && name <= before)) break;
    names.push(name);
    from = to + 1;
  }
  return names.filter((name) => name !== 'busybox' && name !== 'linuxrc');
}
