import type { Difference } from '../../explain/diff/types.ts';
import { listFiles } from '../../explain/sums/files.ts';
import { sumLedger } from '../../explain/sums/ledger.ts';
import { nodeKinds, type ByteTree } from '../../explain/tree.ts';
import type { BinaryExplanation, Explanation, FilesExplanation } from '../../explain/types.ts';
import type { Judged } from '../../explain/budget/judge.ts';

type Document = { readonly schema: string } & Readonly<Record<string, unknown>>;

/** An explanation as the document of --json: all of it, and the sums that people ask for. */
export function explanationDocument(explanation: Explanation, judged?: readonly Judged[]): Document {
  const budget = judged === undefined ? {} : { budget: judged.map(budgetDocument) };
  const schema = 'coracle.explain/v1';
  if (explanation.kind === 'binary') return { schema, ...binaryDocument(explanation), ...budget };
  const { kind, source, size } = explanation;
  const files = filesDocument(explanation);
  if (explanation.kind === 'directory') return { schema, kind, source, size, ...files, ...budget };
  const { descriptor, platform, config, unpacked, layers, dockerfile } = explanation;
  return {
    schema,
    kind,
    source,
    descriptor,
    platform,
    size,
    unpacked,
    config,
    layers,
    dockerfile,
    ...files,
    ...budget,
  };
}

function filesDocument(of: FilesExplanation): Readonly<Record<string, unknown>> {
  const { files, efficiency, waste, access, binaries, trees, digests, problems } = of;
  return {
    fileCount: files,
    efficiency,
    waste,
    access,
    binaries: binaries.map(binaryDocument),
    files: listFiles(trees.files).map(({ path, kind, bytes, node, waste: why, note }) => ({
      path,
      kind,
      bytes,
      sha256: digests?.get(node),
      waste: why,
      note,
    })),
    trees: Object.fromEntries(
      Object.entries(trees).map(([name, tree]) => [
        name,
        tree === undefined ? undefined : treeDocument(tree),
      ]),
    ),
    problems,
  };
}

/** In columns, as it is kept: `kind` counts into `kinds`. */
function treeDocument(tree: ByteTree): Readonly<Record<string, unknown>> {
  return {
    kinds: nodeKinds,
    names: tree.names,
    parent: [...tree.parent],
    bytes: [...tree.bytes],
    kind: [...tree.kind],
    notes: [...tree.note],
    waste: [...tree.waste],
  };
}

function binaryDocument(binary: BinaryExplanation): Readonly<Record<string, unknown>> {
  const { kind, source, digest, layer, ledger, costs } = binary;
  const { size: _, ...sums } = sumLedger(ledger);
  if (costs === undefined) return { kind, source, digest, layer, size: ledger.size, sums, ledger };
  const { modules, imports, advice, limits } = costs;
  return {
    kind,
    source,
    digest,
    layer,
    size: ledger.size,
    sums,
    ledger,
    costs: { modules, imports, advice, limits },
  };
}

function budgetDocument({ verdict, since }: Judged): Readonly<Record<string, unknown>> {
  const { budget, state, worst, broken } = verdict;
  const { text, subject, name, relation, limit, unit } = budget;
  const side = (earlier: NonNullable<Judged['since']>['kept']): unknown =>
    earlier && {
      at: earlier.at,
      source: earlier.measures.source,
      digest: earlier.measures.digest,
      revision: earlier.measures.revision,
    };
  return {
    text,
    subject,
    name,
    relation,
    limit,
    unit,
    state,
    broken,
    worst,
    since: since && { kept: side(since.kept), broke: side(since.broke), causes: since.causes },
  };
}

/** A difference as the document of --json. */
export function diffDocument(difference: Difference): Document {
  return { schema: 'coracle.diff/v1', ...difference };
}
