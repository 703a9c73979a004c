import type { ByteTree } from '../../explain/tree.ts';
import type { Explanation } from '../../explain/types.ts';
import type { Sort } from '../tree-index.ts';
import { viewedBinary } from './binary.ts';
import type { Fact } from './facts.ts';
import { viewedFiles } from './files.ts';

/** One way to look at the bytes. */
export interface Tab {
  readonly name: string;
  /** How its lines stand at first. */
  readonly sort: Sort;
  /** What its lines are no bytes of: they are found things, without sizes. */
  readonly plain?: boolean;
  /** What has no bytes here is not empty, but not known. */
  readonly unknownZero?: boolean;
  /** Made when it is first looked at. */
  readonly tree: () => ByteTree;
  /** What is known of a node besides what its tree says. */
  readonly facts: (node: number) => readonly Fact[];
}

/** An explanation as the view shows it. */
export interface Viewed {
  readonly title: string;
  /** A few words each, the most important first. */
  readonly about: readonly string[];
  /** What is still to come. */
  readonly waiting?: string;
  /** At least one. */
  readonly tabs: readonly Tab[];
  /** Of the whole, shown with the details of a root. */
  readonly facts: readonly Fact[];
}

export function viewedOf(explanation: Explanation): Viewed {
  return explanation.kind === 'binary' ? viewedBinary(explanation) : viewedFiles(explanation);
}
