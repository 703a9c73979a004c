import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import type { Layer } from '../../oci/image.ts';
import type { Ledgers } from '../files/ledger-of.ts';
import { wholePart } from '../files/program-bytes.ts';
import { elfOf } from '../files/entrypoint.ts';
import type { Merged } from '../files/merge.ts';
import { passedHash } from '../files/scan.ts';
import type { BinaryExplanation } from '../types.ts';
import { contentPart, readContent } from './contents.ts';
import type { ScannedLayer } from './scan-layer.ts';
import type { Spool } from './spool.ts';

export interface FoundBinaries {
  /** The one that a container starts first, then the largest first. */
  readonly binaries: readonly BinaryExplanation[];
  readonly problems: readonly string[];
}

/** @param programs nodes, as `programsIn` finds them */
export async function explainBinaries(
  ctx: Ctx,
  merged: Merged,
  programs: readonly number[],
  options: {
    readonly layers: readonly Layer[];
    readonly scanned: readonly ScannedLayer[];
    readonly ledgers: Ledgers;
    readonly spool: Spool | undefined;
  },
): Promise<FoundBinaries> {
  const { nodes, contents } = merged;
  const problems: string[] = [];
  const explainOne = async (node: number): Promise<BinaryExplanation | undefined> => {
    ctx.signal.throwIfAborted();
    const content = nodes.content(node);
    const [layer, entry] = [contents.layers[content] ?? 0, contents.entries[content] ?? 0];
    const [view, scanned] = [options.layers[layer], options.scanned[layer]];
    if (!view || !scanned) return undefined;
    const source = `/${nodes.path(node)}`;
    try {
      const known = passedHash(scanned.scan, entry)?.toString('hex');
      const part = options.spool?.part(layer, entry) ?? contentPart(scanned, entry);
      const { digest, ledger } = await options.ledgers.of(source, known, {
        read: async () => (part && wholePart(part)) ?? readContent(view, scanned, entry),
        ...(part && { part }),
      });
      return { kind: 'binary', source, digest, layer, ledger };
    } catch (error) {
      if (!isToolError(error, 'BINARY_UNREADABLE', 'ARCHIVE_TOO_LARGE', 'BLOB_CORRUPT', 'IMAGE_INVALID'))
        throw error;
      problems.push(`${source}: ${error.message}`);
      return undefined;
    }
  };
  const found = await mapLimit(programs, options.ledgers.atOnce, explainOne);
  return { binaries: found.filter((each) => each !== undefined), problems };
}

/**
 * Programs of Go, and the one that is started, whatever made it: nodes with contents of their own, each content once, in the order of
 * `FoundBinaries`. Of other programs the headers, which were seen in passing, say all.
 * @param entryNode of the program that is started, -1 for none
 */
export function programsIn(merged: Merged, entryNode: number): number[] {
  const { nodes, contents } = merged;
  const seen = new Set<number>();
  const found: number[] = [];
  const consider = (node: number): void => {
    const content = nodes.content(node);
    if (content < 0 || !nodes.alive(node) || seen.has(content)) return;
    const facts = elfOf(merged, node);
    if (!facts || facts.form === 'object' || !(facts.go || node === entryNode)) return;
    seen.add(content);
    found.push(node);
  };
  if (entryNode >= 0) consider(entryNode);
  for (let node = 0; node < nodes.size; node++) consider(node);
  const sizeOf = (node: number): number => contents.sizes[nodes.content(node)] ?? 0;
  return found.sort((a, b) => Number(b === entryNode) - Number(a === entryNode) || sizeOf(b) - sizeOf(a));
}
