import { ToolError, type SourceRange } from '../../core/errors.ts';
import { closest } from '../../core/closest.ts';
import type { Tree } from '../../snapshot/types.ts';
import { isId, parseGroup, parsePasswd, type GroupEntry, type PasswdEntry } from './passwd.ts';
import { readText } from './resolve.ts';

/** Who a process runs as. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary. */
  readonly groups: readonly number[];
  /** Home directory; `/` for a number that passwd does not know. */
  readonly home: string;
}

/** Who named the user: a Dockerfile somewhere, or a flag. */
export interface Blame {
  readonly code: 'DOCKERFILE_INVALID' | 'USAGE';
  readonly where?: SourceRange;
}

/** Bytes of passwd and group files; a directory service's dump is far smaller. */
const largest = 4 * 1024 * 1024;

/**
 * The user that USER names, by the image's own /etc/passwd and /etc/group, by Docker's rules: `user`, `user:group`, names or numbers. A
 * number need not be known; a user's supplementary groups count unless a group is named.
 * @param wanted empty for root
 * @param blame of the error for a name that nobody has
 * @throws ToolError DOCKERFILE_INVALID or USAGE, IMAGE_INVALID
 */
export async function findUser(
  tree: Tree,
  wanted: string,
  blame: Blame = { code: 'DOCKERFILE_INVALID' },
): Promise<ProcessUser> {
  const [userWord, groupWord] = splitOnce(wanted);
  const users = parsePasswd((await readText(tree, 'etc/passwd', largest)) ?? '');
  const user = pickUser(users, userWord === '' ? '0' : userWord, blame);
  // Numbers for both: nothing is looked up, so there are no further groups.
  const plain = userWord !== '' && isId(userWord) && groupWord !== undefined && isId(groupWord);
  if (plain || (user.name === '' && groupWord === undefined)) {
    const gid = groupWord === undefined ? user.gid : Number(groupWord);
    return { uid: user.uid, gid, groups: [], home: homeOf(user) };
  }
  const groups = parseGroup((await readText(tree, 'etc/group', largest)) ?? '');
  if (groupWord !== undefined && groupWord !== '')
    return { uid: user.uid, gid: pickGroup(groups, groupWord, blame), groups: [], home: homeOf(user) };
  const of = groups.filter((group) => group.members.includes(user.name)).map((group) => group.gid);
  return { uid: user.uid, gid: user.gid, groups: [...new Set(of)], home: homeOf(user) };
}

function splitOnce(text: string): [string, string?] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function homeOf({ home }: PasswdEntry): string {
  return home.startsWith('/') ? home : '/';
}

function pickUser(users: readonly PasswdEntry[], word: string, blame: Blame): PasswdEntry {
  // What looks like a number is one, also when somebody is called so.
  if (isId(word)) {
    const uid = Number(word);
    return users.find((user) => user.uid === uid) ?? { name: '', uid, gid: 0, home: '/' };
  }
  const found = users.find((user) => user.name === word);
  if (found) return found;
  throw unknown('user', word, users, 'passwd', blame);
}

function pickGroup(groups: readonly GroupEntry[], word: string, blame: Blame): number {
  if (isId(word)) return Number(word);
  const found = groups.find((group) => group.name === word);
  if (found) return found.gid;
  throw unknown('group', word, groups, 'group', blame);
}

function unknown(
  what: string,
  word: string,
  known: readonly { readonly name: string }[],
  file: string,
  { code, where }: Blame,
): ToolError {
  const names = known.map(({ name }) => name);
  const guess = closest(word, names);
  const has =
    names.length === 0
      ? `The image has no /etc/${file}: name the ${what} by its number`
      : `Make it first (RUN ${what === 'user' ? 'useradd' : 'groupadd'}), or name it by its number`;
  return new ToolError(code, `the image has no ${what} ${JSON.stringify(word)}`, {
    hint: `${guess === undefined ? '' : `Did you mean ${guess}? `}${has}.`,
    ...(where && { where }),
  });
}
