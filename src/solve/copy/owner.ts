import type { Tree } from '../../snapshot/types.ts';
import { closest } from '../../core/closest.ts';
import { parseGroup, parsePasswd } from '../exec/passwd.ts';
import { readText } from '../exec/resolve.ts';
import type { Owner } from './walk-path.ts';

/** Bytes of passwd and group files. */
const largest = 4 * 1024 * 1024;

/**
 * Whom `--chown` means: names are looked up in the image that is copied into. As in BuildKit a number alone is the group too, a user by
 * name brings the group that passwd says, an unknown user is root, and an unknown group leaves the user's.
 * @param tree undefined when there is none to look into: on scratch
 * @param unknown is told of a name that nobody has
 */
export async function findOwner(
  tree: Tree | undefined,
  text: string,
  unknown: (message: string, hint: string) => void,
): Promise<Owner> {
  const colon = text.indexOf(':');
  const user = colon === -1 ? text : text.slice(0, colon);
  const group = colon === -1 ? undefined : text.slice(colon + 1);
  const { uid, gid } = await findUser(tree, user, unknown);
  return { uid, gid: group === undefined ? gid : ((await findGroup(tree, group, unknown)) ?? gid) };
}

type Unknown = (message: string, hint: string) => void;

async function findUser(tree: Tree | undefined, word: string, unknown: Unknown): Promise<Owner> {
  const id = idOf(word);
  if (id !== undefined) return { uid: id, gid: id };
  const users = parsePasswd((tree && (await readText(tree, 'etc/passwd', largest))) ?? '');
  const found = users.find(({ name }) => name === word);
  if (found) return { uid: found.uid, gid: found.gid };
  complain('user', word, users, unknown);
  return { uid: 0, gid: 0 };
}

async function findGroup(
  tree: Tree | undefined,
  word: string,
  unknown: Unknown,
): Promise<number | undefined> {
  const id = idOf(word);
  if (id !== undefined) return id;
  const groups = parseGroup((tree && (await readText(tree, 'etc/group', largest))) ?? '');
  const found = groups.find(({ name }) => name === word);
  if (found) return found.gid;
  complain('group', word, groups, unknown);
  return undefined;
}

/** Whether a name must be looked up. */
export function namesSomebody(text: string): boolean {
  return text.split(':', 2).some((word) => idOf(word) === undefined);
}

/** An empty word is root, as is `root`, whatever passwd says. */
function idOf(word: string): number | undefined {
  if (word === '' || word === 'root') return 0;
  return /^\+?\d{1,10}$/.test(word) && Number(word) < 2 ** 31 ? Number(word) : undefined;
}

function complain(
  what: 'user' | 'group',
  word: string,
  known: readonly { readonly name: string }[],
  unknown: Unknown,
): void {
  const guess = closest(
    word,
    known.map(({ name }) => name),
  );
  unknown(
    `the image has no ${what} ${JSON.stringify(word)}, so ${what === 'user' ? 'root is meant' : "the user's own is meant"}`,
    `${guess === undefined ? '' : `Did you mean ${guess}? `}Make it before (RUN ${what}add), or name it by its number.`,
  );
}
