import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { removeDeep } from '../core/remove.ts';
import type { Store } from '../store/store.ts';
import { bootId } from './folder.ts';
import type { DirectoryForm } from './form.ts';

const bucket = 'overlay';

/** Mounts, and removes a lower directory, which fails where overlayfs cannot keep its marks. */
const script =
  'mount -t overlay overlay -o "$1" merged && rm -r merged/there && mkdir merged/there && test ! -e merged/there/file';

/**
 * True when overlayfs works here on the store's file system, for roots of this form. Tried once in a run of the machine; told by a warning
 * when not.
 */
export async function overlayWorks(ctx: Ctx, store: Store, form: DirectoryForm): Promise<boolean> {
  const known = await store.cache.get<{ readonly boot: string }>(bucket, form.name);
  if (known?.boot === bootId()) return true;
  const why = await tryOverlay(ctx, store, form);
  if (why === undefined) {
    await store.cache.set(bucket, form.name, { boot: bootId() });
    return true;
  }
  ctx.emit({
    kind: 'warning',
    message: `overlayfs cannot be used here (${why}); root file systems are copied, which takes longer`,
    hint: 'Set CORACLE_HOME to a directory on ext4, xfs or btrfs, and see what coracle doctor says.',
  });
  return false;
}

/** Undefined when it works, else why not. */
async function tryOverlay(ctx: Ctx, store: Store, form: DirectoryForm): Promise<string | undefined> {
  const directory = await store.layers.temp();
  try {
    for (const name of ['lower', 'lower/there', 'upper', 'work', 'merged'])
      await fs.mkdir(path.join(directory, name));
    await fs.writeFile(path.join(directory, 'lower/there/file'), '');
    // With `userxattr` the kernel takes no word about redirect_dir: it is off.
    const how = isUser(form) ? 'userxattr' : 'redirect_dir=off,metacopy=off';
    const options = `lowerdir=lower,upperdir=upper,workdir=work,index=off,${how}`;
    const { code, stderr } = await ctx.exec({
      argv: ['unshare', '-m', 'sh', '-c', script, 'sh', options],
      cwd: directory,
      env: { ...ctx.env, LC_ALL: 'C' },
      timeout: 10_000,
    });
    if (code === 0) return undefined;
    // On further lines mount says where more could be read.
    const [says = ''] = stderr.trim().split('\n');
    return says === '' ? `exit code ${code}` : says.replace(/^mount: \S+: |\.$/g, '');
  } catch (error) {
    if (isToolError(error, 'TOOL_MISSING')) return error.message;
    throw error;
  } finally {
    await removeDeep(directory);
  }
}

function isUser({ overlayPrefix }: DirectoryForm): boolean {
  return overlayPrefix === 'user.overlay.';
}
