import { parsePasswd } from '../../solve/exec/passwd.ts';
import type { AccessFindings } from '../../explain/types.ts';
import type { Holding } from '../types.ts';
import { libcOf } from './libc.ts';
import { modeOf, type Looked } from './look.ts';
import { bundlePaths, firstOf, libraryOf, zonesOf } from './places.ts';

const compilers = ['gcc', 'cc', 'clang', 'tcc', 'go', 'rustc'];
const downloaders = ['curl', 'wget'];
const programFolders = ['/usr/local/go/bin', '/usr/local/bin', '/usr/bin', '/bin'];

/** What programs may need and what attackers use: the same things in the same order for every image. */
export async function holdingsOf(looked: Looked, access: AccessFindings): Promise<Holding[]> {
  const users = parsePasswd((await looked.read('/etc/passwd'))?.toString('utf8') ?? '');
  const gain = (what: string, where: string | undefined): Holding => holding(what, where, 'gain');
  const risk = (what: string, where: string | undefined): Holding => holding(what, where, 'risk');
  return [
    gain('CA bundle', firstOf(looked, bundlePaths)),
    gain('time zones', zonesOf(looked)),
    gain('libc', await libcOf(looked)),
    gain('C++ library', libraryOf(looked, /^libstdc\+\+\.so\.6$/)),
    gain('users', users.length === 0 ? undefined : usersText(users.map(({ name }) => name))),
    gain('/tmp', temporaryText(looked)),
    gain('nsswitch.conf', firstOf(looked, ['/etc/nsswitch.conf'])),
    risk('a shell', access.shells[0]),
    risk('a package manager', access.packageManagers[0]),
    risk('a compiler', programOf(looked, compilers)),
    risk('a downloader', programOf(looked, downloaders)),
    risk('setuid programs', access.setuid.length === 0 ? undefined : String(access.setuid.length)),
  ];
}

function holding(what: string, where: string | undefined, kind: Holding['kind']): Holding {
  return { what, ...(where !== undefined && { where }), kind };
}

function programOf(looked: Looked, names: readonly string[]): string | undefined {
  return firstOf(
    looked,
    names.flatMap((name) => programFolders.map((folder) => `${folder}/${name}`)),
  );
}

/** Names that tell something: there may be dozens. */
const mostNames = 3;

function usersText(names: readonly string[]): string {
  return names.length <= mostNames
    ? names.join(', ')
    : `${names.slice(0, mostNames - 1).join(', ')} and ${names.length - mostNames + 1} more`;
}

function temporaryText(looked: Looked): string | undefined {
  const mode = modeOf(looked, '/tmp');
  return mode === undefined ? undefined : `mode ${mode.toString(8).padStart(4, '0')}`;
}
