import type { Inside, Ran } from '../inside.ts';
import type { ListKind } from './package-files.ts';

/** A package as a list names it. */
export interface Listed {
  readonly name: string;
  readonly version: string;
}

/** What one package manager said; without `packages` it failed. */
export interface ManagerSaid {
  readonly by: string;
  readonly ran: Ran;
  readonly packages?: readonly Listed[];
}

interface Manager {
  readonly kind: ListKind;
  readonly program: string;
  readonly words: readonly string[];
  /** A package of a line; undefined for one that names none. */
  read(line: string): Listed | undefined;
}

const managers: readonly Manager[] = [
  {
    kind: 'dpkg',
    program: 'dpkg-query',
    words: ['--show', '--showformat', '${db:Status-Status} ${Package} ${Version}\\n'],
    read: (line) => pair(/^installed (\S+) (\S+)$/.exec(line)),
  },
  {
    kind: 'dpkg',
    program: 'apt',
    words: ['list', '--installed'],
    read: (line) => pair(/^([^/\s]+)\/\S* (\S+) \S+ \[[^\]]*installed/.exec(line)),
  },
  {
    kind: 'apk',
    program: 'apk',
    words: ['info', '-v'],
    read: (line) => pair(/^(\S+)-([^-\s]+-r\d+)$/.exec(line)),
  },
  {
    kind: 'rpm',
    program: 'rpm',
    words: ['-qa', '--queryformat', '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n'],
    read: (line) => pair(/^(\S+) (?:0:)?(\S+)$/.exec(line)),
  },
];

/** What the package managers of a base say of one kind of list. */
export async function listed(inside: Inside, kind: ListKind): Promise<ManagerSaid[]> {
  const said: ManagerSaid[] = [];
  for (const { program, words, read } of managers.filter((manager) => manager.kind === kind)) {
    const path = await inside.program(program);
    if (path === undefined) continue;
    const ran = await inside.run([path, ...words], { env: ['LC_ALL=C'] });
    const found = ran.stdout.split('\n').flatMap((line) => read(line.trimEnd()) ?? []);
    const works = ran.code === 0 && found.length > 0;
    said.push({ by: program, ran, ...(works && { packages: found }) });
  }
  return said;
}

/** The first package that only one of two lists has; undefined when they say the same. */
export function differenceOf(
  some: readonly Listed[],
  others: readonly Listed[],
  here: string,
  there: string,
): string | undefined {
  const one = new Set(some.map(form));
  const other = new Set(others.map(form));
  const extra = [...one].find((name) => !other.has(name));
  if (extra !== undefined) return `${here} has ${extra}, and ${there} has it not`;
  const missing = [...other].find((name) => !one.has(name));
  return missing === undefined ? undefined : `${here} has no ${missing}, and ${there} has it`;
}

function form({ name, version }: Listed): string {
  return `${name} ${version}`;
}

function pair(match: RegExpExecArray | null): Listed | undefined {
  const [, name, version] = match ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}
