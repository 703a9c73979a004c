import { bytes } from '../../render/units.ts';
import type { BinaryExplanation } from '../../explain/types.ts';
import { counted } from '../text.ts';

/** Something known of a node or of the whole. */
export interface Fact {
  readonly name: string;
  readonly text: string;
}

/** Facts of those that are known: an empty text is none. */
export function facts(all: Readonly<Record<string, string | undefined>>): Fact[] {
  return Object.entries(all).flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [{ name, text }],
  );
}

/** One fact with several lines. */
export function listed(name: string, lines: readonly string[]): Fact[] {
  return lines.map((text, index) => ({ name: index === 0 ? name : '', text }));
}

/** What kind of program a file is. */
export function programFacts({ digest, ledger }: BinaryExplanation): Fact[] {
  const { binary, recognised, problems } = ledger;
  const { form, packed, garbled, race, cgo } = recognised;
  const traits = [
    form,
    binary === undefined ? '' : `${binary.machine}, ${binary.class} bit`,
    binary?.stripped === true ? 'stripped' : '',
    binary?.static === true ? 'static' : '',
    cgo ? 'cgo' : '',
    race ? 'race detector' : '',
    garbled ? 'names replaced' : '',
    packed === undefined ? '' : `packed by ${packed}`,
  ];
  const main = binary?.buildInfo?.main;
  return [
    ...facts({
      Program: traits.filter(Boolean).join(', '),
      Go: binary?.goVersion,
      Package: binary?.buildInfo?.path,
      Module: main === undefined ? undefined : `${main.path} ${main.version}`.trim(),
      Loader: binary?.interpreter,
      Libraries: binary?.needed.join(', '),
      'Build ID': recognised.buildId,
      'Go build ID': recognised.goBuildId,
      'SHA-256': digest,
    }),
    ...listed('Problems', problems),
  ];
}

/** `3 files, 1.2 MB` */
export function amount({ files, bytes: size }: { readonly files: number; readonly bytes: number }): string {
  return files === 0 ? '' : `${counted(files, 'file')}, ${bytes(size)}`;
}
