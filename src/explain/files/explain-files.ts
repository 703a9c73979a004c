import type { FilesExplanation } from '../types.ts';
import { accessOf } from './access.ts';
import { lazyDigests } from './digests.ts';
import type { Merged } from './merge.ts';
import { nodeKinds, type ByteTree } from '../tree.ts';
import type { Breathe } from './breath.ts';
import { filesTree } from './trees.ts';
import type { WasteOf } from './trees.ts';
import type { HashOf } from './waste/duplicates.ts';
import type { StepOf } from './waste/lost.ts';
import type { Surroundings } from './waste/rules.ts';
import { findWaste } from './waste/waste.ts';

/** What is said of files but for the binaries among them. */
export interface ExplainedFiles {
  readonly explanation: Pick<FilesExplanation, 'files' | 'efficiency' | 'waste' | 'access' | 'digests'>;
  readonly tree: NonNullable<FilesExplanation['trees']['files']>;
  readonly wasteOf: WasteOf;
}

/** @param options.breathe called between its parts; it throws what interrupts */
export async function explainFiles(
  merged: Merged,
  options: {
    readonly name: string;
    readonly around: Surroundings;
    readonly hashOf: HashOf;
    readonly stepOf: StepOf;
    readonly breathe?: Breathe;
  },
): Promise<ExplainedFiles> {
  const { waste, efficiency, marks } = await findWaste(merged, options);
  const wasteOf: WasteOf = (layer, entry) => marks.kindAt(layer, entry);
  const { tree, places } = await filesTree(options.name, merged, wasteOf, options.breathe);
  const digests = lazyDigests(places, options.hashOf);
  return {
    explanation: { files: countFiles(tree), efficiency, waste, access: accessOf(merged), digests },
    tree,
    wasteOf,
  };
}

/** A hard link is one more name of a file, not one more file. */
function countFiles({ kind }: ByteTree): number {
  const file = nodeKinds.indexOf('file');
  return kind.reduce((files, each) => files + Number(each === file), 0);
}
