import type { Entry } from '../../layer/entry.ts';
import { editTree } from '../../layer/tree.ts';
import { fileEntry } from '../../base/parts/entry.ts';

/**
 * What an installation leaves behind that says when and where it was done, or what went before. Without it the same packages give the
 * same bytes.
 */
const residue: readonly RegExp[] = [
  /^var\/log\/(?:alternatives|bootstrap|dpkg|fontconfig)\.log$/,
  /^var\/log\/apt\/./,
  /^var\/cache\/ldconfig\/aux-cache$/,
  /^var\/cache\/apt\/[^/]*\.bin$/,
  /^var\/cache\/man\/./,
  // What tools keep of a file before they change it.
  /^var\/cache\/debconf\/[^/]*-old$/,
  /^var\/lib\/dpkg\/[^/]*-old$/,
  /^etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-$/,
  /^var\/lib\/dpkg\/(?:lock|lock-frontend|triggers\/Lock)$/,
  /^etc\/\.pwd\.lock$/,
  /^var\/lib\/dbus\/machine-id$/,
  /^(?:tmp|var\/tmp)\/./,
  /^run\/.*[^/]$/,
];

/** A machine's identity: empty means that it is to be made at the first start (machine-id(5)). */
const identity = 'etc/machine-id';

/**
 * Takes the traces of the installation out of a tree.
 * @param epoch seconds since the epoch: the day on which passwords were set
 */
export async function clean(tree: Map<string, Entry>, epoch: number): Promise<void> {
  const editor = editTree(tree);
  for (const [path, { type }] of [...tree]) {
    const gone = residue.some((pattern) => pattern.test(path));
    if (gone && !(path.startsWith('run/') && type === 'directory')) editor.remove(path, new Set());
  }
  const machine = tree.get(identity);
  if (machine?.type === 'file') tree.set(identity, { ...machine, ...emptyFile(identity, epoch) });
  const shadow = tree.get('etc/shadow');
  if (shadow?.content) {
    const text = await textOf(shadow);
    const dated = fileEntry('etc/shadow', datedPasswords(text, epoch), epoch);
    const { mode, uid, gid } = shadow;
    tree.set('etc/shadow', { ...dated, mode, uid, gid });
  }
}

function emptyFile(path: string, mtime: number): Pick<Entry, 'size' | 'content' | 'mtime'> {
  const { size, content } = fileEntry(path, '', mtime);
  return { size, mtime, ...(content && { content }) };
}

const secondsADay = 86_400;

/** The third field of shadow(5): the day of the last change. */
function datedPasswords(text: string, epoch: number): string {
  const day = String(Math.floor(epoch / secondsADay));
  return text.replaceAll(/^([^:\n]*:[^:\n]*:)\d+(?=:)/gm, (_, before: string) => before + day);
}

async function textOf({ content }: Entry): Promise<string> {
  const parts: Uint8Array[] = [];
  if (content) for await (const part of content()) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}
