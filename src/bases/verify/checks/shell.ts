import { failed, notApplicable, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';

/** What POSIX says of any shell: arithmetic, functions, a pipe of its own words. */
const script =
  'set -e; twice() { echo "$(($1 * 2))"; }; for n in 20 21; do twice "$n"; done | while read -r x; do last=$x; echo "$last"; done';

/** The shells of a base really run. */
export async function shell({ inside }: Trial): Promise<Tried> {
  const found: string[] = [];
  for (const path of ['/bin/sh', '/bin/bash']) {
    if ((await inside.file(path)) === undefined) continue;
    const ran = await inside.run([path, '-c', script]);
    if (ran.code !== 0 || ran.stdout !== '40\n42\n') return failed(`${path} does not do its work`, path, ran);
    found.push(path);
  }
  if (found.length === 0) return notApplicable('there is no shell in it');
  return passed(
    `${found.join(' and ')} ${found.length === 1 ? 'runs' : 'run'}`,
    `${found.join(', ')}, inside`,
  );
}
