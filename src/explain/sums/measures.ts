import { isGo } from '../../golang/ledger/is-go.ts';
import type { Explanation, WasteKind } from '../types.ts';
import { largestFiles } from './files.ts';
import type { NodeKind } from '../tree.ts';
import { sumLedger } from './ledger.ts';

/** The numbers of an explanation that a budget can limit, small enough to be remembered. Plain JSON. */
export interface Measures {
  readonly kind: Explanation['kind'];
  readonly source: string;
  /** Of the image's manifest or of the program; a directory has none. */
  readonly digest?: string;
  /** When the image says it was made, else nothing. */
  readonly created?: string;
  /** Commit that it was built from, as its build info or labels say. */
  readonly revision?: string;
  /** Bytes: what a pull moves, or all files. */
  readonly size: number;
  /** Bytes of the layers' archives. */
  readonly unpacked?: number;
  readonly fileCount?: number;
  readonly efficiency?: number;
  /** Files that hold one; not known of what was remembered by a version that did not count them. */
  readonly secrets?: number;
  /** Bytes by kind. */
  readonly waste: Readonly<Partial<Record<WasteKind, number>>>;
  readonly layers: readonly {
    readonly digest: string;
    readonly bytes: number;
    readonly createdBy?: string;
  }[];
  readonly binaries: readonly BinaryMeasures[];
  /** Bytes of the largest files, by path. */
  readonly files: Readonly<Record<string, number>>;
}

export interface BinaryMeasures {
  readonly path: string;
  readonly digest: string;
  readonly bytes: number;
  readonly goVersion?: string;
  readonly modules: readonly { readonly path: string; readonly version: string; readonly bytes: number }[];
  /** Those of the standard library have no module. */
  readonly packages: readonly PackageMeasures[];
}

export interface PackageMeasures {
  readonly name: string;
  readonly module?: string;
  readonly bytes: number;
}

/** Files that are remembered by name. */
const mostFiles = 1000;
const remembered = new Set<NodeKind>(['file', 'binary', 'link', 'special file']);

/** Takes the numbers out of an explanation. */
export function measure(explanation: Explanation): Measures {
  const programs = explanation.kind === 'binary' ? [explanation] : explanation.binaries;
  const binaries = programs.map(({ source, digest, ledger }): BinaryMeasures => {
    const { modules, packages } = sumLedger(ledger);
    const goVersion = ledger.binary?.goVersion;
    return {
      path: source,
      digest,
      bytes: ledger.size,
      ...(goVersion === undefined ? {} : { goVersion }),
      modules: modules.map(({ path, version, bytes }) => ({ path, version, bytes })),
      packages: (isGo(ledger) ? packages : []).map(({ name, module, bytes }) => ({
        name,
        ...(module !== undefined && { module }),
        bytes,
      })),
    };
  });
  const revision = revisionOf(explanation);
  const common = {
    kind: explanation.kind,
    source: explanation.source,
    ...(revision === undefined ? {} : { revision }),
    binaries,
  };
  if (explanation.kind === 'binary') {
    const { digest, ledger } = explanation;
    return { ...common, digest, size: ledger.size, waste: {}, layers: [], files: {} };
  }
  const { size, files: fileCount, efficiency } = explanation;
  const { files } = largestFiles(explanation.trees.files, mostFiles, remembered);
  const waste: Partial<Record<WasteKind, number>> = {};
  for (const { kind, bytes } of explanation.waste) waste[kind] = (waste[kind] ?? 0) + bytes;
  const ofFiles = {
    size,
    fileCount,
    efficiency,
    secrets: explanation.waste.filter(({ kind }) => kind === 'secret').length,
    waste,
    files: Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])),
  };
  if (explanation.kind === 'directory') return { ...common, ...ofFiles, layers: [] };
  const { created } = explanation.config;
  return {
    ...common,
    ...ofFiles,
    digest: explanation.descriptor.digest,
    ...(created === undefined ? {} : { created }),
    unpacked: explanation.unpacked,
    layers: explanation.layers.map((layer) => ({
      digest: layer.diffId,
      bytes: layer.size,
      ...(layer.createdBy === undefined ? {} : { createdBy: layer.createdBy }),
    })),
  };
}

/** The commit: the image's label, else what Go stamped into the program. */
function revisionOf(explanation: Explanation): string | undefined {
  const label =
    explanation.kind === 'image'
      ? explanation.config.config?.Labels?.['org.opencontainers.image.revision']
      : undefined;
  const programs = explanation.kind === 'binary' ? [explanation] : explanation.binaries;
  const stamped = programs
    .map(({ ledger }) => ledger.binary?.buildInfo?.settings['vcs.revision'])
    .find((each) => each !== undefined);
  return label ?? stamped;
}
