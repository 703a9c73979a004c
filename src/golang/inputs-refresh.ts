/** Renews the facts about a program's inputs when only code changed, without asking the go command for its packages again. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { headerHash } from './go-header.ts';
import type { CollectOptions } from './inputs-collect.ts';
import { recorder } from './inputs-recorder.ts';
import { vcsKey } from './inputs.ts';
import type { Inputs } from './inputs.ts';

/**
 * New facts for old inputs without running `go list`, when since then only code below the imports changed, or embedded
 * content. Undefined when the list of packages may have changed, or something changed after `began`: then `collectInputs`.
 */
export async function refreshInputs(
  old: Inputs,
  options: Pick<CollectOptions, 'began' | 'vcs'>,
): Promise<Inputs | undefined> {
  const record = recorder(options.began);
  for (const [directory, , filter] of old.directories) record.directory(directory, filter);
  for (const [directory, files] of old.files) {
    for (const [name, , header] of files) record.file(path.join(directory, name), header);
  }
  for (const file of old.absent) record.file(file);
  const now = record.finish();
  if (!now || !samePlaces(old, now)) return undefined;
  const before = new Map(
    old.files.flatMap(([directory, files]) =>
      files.map(([name, key]) => [path.join(directory, name), key] as const),
    ),
  );
  for (const [directory, files] of now.files) {
    for (const [name, key, header] of files) {
      const file = path.join(directory, name);
      if (before.get(file) === key || header === '') continue;
      if (header === undefined || headerHash(await fs.readFile(file, 'utf8').catch(() => '')) !== header)
        return undefined;
    }
  }
  return options.vcs ? { ...now, vcs: { dir: options.vcs.dir, key: vcsKey(options.vcs.state) } } : now;
}

/** The same names in the same directories, and the same places still empty. */
function samePlaces(old: Inputs, now: Inputs): boolean {
  const places = ({ files, directories, absent }: Inputs): string =>
    JSON.stringify([
      files.map(([directory, facts]) => [directory, facts.map(([name]) => name)]),
      directories.map(([directory, , filter, names]) => [directory, filter, names]),
      absent,
    ]);
  return places(old) === places(now);
}
