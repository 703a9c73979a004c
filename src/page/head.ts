import { nodeKinds } from '../explain/tree.ts';
import type {
  BinaryExplanation,
  DirectoryExplanation,
  Explanation,
  FilesExplanation,
  ImageExplanation,
} from '../explain/types.ts';
import { sumLedger } from '../explain/sums/ledger.ts';
import { isGo } from '../golang/ledger/is-go.ts';
import { bytes } from '../render/units.ts';
import type { Fact, PageHead } from './data.ts';
import { binarySections } from './sections-binary.ts';
import { filesSections, imageSections } from './sections-files.ts';
import { count, percent } from './words.ts';

/** What a page says besides its trees. */
export function pageHead(explanation: Explanation): Omit<PageHead, 'trees'> {
  const { source, kind } = explanation;
  const common = { title: source, kinds: nodeKinds };
  if (kind === 'image')
    return {
      ...common,
      subtitle: `image · ${explanation.platform} · ${explanation.descriptor.digest}`,
      facts: imageFacts(explanation),
      sections: imageSections(explanation),
    };
  if (kind === 'directory')
    return {
      ...common,
      subtitle: 'directory',
      facts: directoryFacts(explanation),
      sections: filesSections(explanation),
    };
  return {
    ...common,
    subtitle: binaryWords(explanation),
    facts: binaryFacts(explanation),
    sections: binarySections(explanation),
  };
}

function imageFacts(image: ImageExplanation): Fact[] {
  return [
    { label: 'to pull', value: bytes(image.size), about: 'manifest, config and compressed layers' },
    { label: 'unpacked', value: bytes(image.unpacked), about: 'the tar archives of all layers' },
    { label: 'layers', value: count(image.layers.length) },
    ...filesFacts(image),
  ];
}

function directoryFacts(directory: DirectoryExplanation): Fact[] {
  return [{ label: 'in all files', value: bytes(directory.size) }, ...filesFacts(directory)];
}

function filesFacts(of: FilesExplanation): Fact[] {
  return [
    { label: 'files', value: count(of.files) },
    {
      label: 'efficiency',
      value: percent(of.efficiency),
      about: '1 − waste ÷ bytes of all files, each byte of waste counted once',
    },
  ];
}

function binaryFacts({ ledger }: BinaryExplanation): Fact[] {
  const { shares } = sumLedger(ledger);
  return [
    { label: 'in the file', value: bytes(ledger.size) },
    { label: 'functions', value: count(ledger.functions.length) },
    {
      label: 'assigned to one package',
      value: percent(ledger.size === 0 ? 0 : shares.assigned / ledger.size),
      about: 'by evidence; estimates do not count',
    },
  ];
}

function binaryWords({ ledger, digest }: BinaryExplanation): string {
  const { recognised, binary } = ledger;
  const form = isGo(ledger)
    ? `Go ${recognised.form}`
    : `${recognised.form === 'object' ? 'object' : 'ELF'} file, not Go`;
  return [
    form,
    binary?.goVersion,
    binary?.machine,
    binary?.stripped === true ? 'stripped' : undefined,
    recognised.packed === undefined ? undefined : `packed by ${recognised.packed}`,
    recognised.garbled ? 'names replaced' : undefined,
    recognised.race ? 'race detector' : undefined,
    recognised.cgo ? 'cgo' : undefined,
    `sha256:${digest}`,
  ]
    .filter((word) => word !== undefined)
    .join(' · ');
}
