import { ToolError, isToolError, messageOf, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { IndexEntry } from '../layer/layer-index.ts';

/** A system error while an entry was written below `root`, with the entry's name; others pass through. */
export function unwritable(error: unknown, { path }: IndexEntry, root: string): unknown {
  const code = systemCode(error);
  if (isToolError(error) || code === undefined) return error;
  const known = fileError(error, 'write', `${root}/${path}`);
  if (known instanceof ToolError && known.code === 'DISK_FULL') return known;
  return new ToolError(
    'FILE_UNWRITABLE',
    `the layer's ${JSON.stringify(path)} cannot be unpacked: ${messageOf(error)}`,
    {
      cause: error,
      hint:
        hints[code] ??
        'Set CORACLE_HOME to a directory on a usual Linux file system, such as ext4, xfs or btrfs.',
    },
  );
}

const hints: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'Set CORACLE_HOME to a directory with a shorter name.',
  ENOTSUP:
    'The file system of CORACLE_HOME has no extended attributes; set CORACLE_HOME to a directory on another one.',
};
