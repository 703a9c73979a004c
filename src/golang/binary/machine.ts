import type { WordForm } from './words.ts';

/** ELF's e_machine numbers of the processors that Linux ports of Go exist for. */
const names: Readonly<Record<number, string>> = {
  3: '386',
  8: 'mips',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  43: 'sparc64',
  62: 'amd64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
};

/** Go's name (GOARCH) of the machine that an ELF file is for; `elf-<number>` for one that Go does not know. */
export function machineName(machine: number, form: WordForm): string {
  const name = names[machine];
  if (name === undefined) return `elf-${machine}`;
  if (name === 'mips') return `mips${form.class === 64 ? '64' : ''}${form.littleEndian ? 'le' : ''}`;
  if (name === 'ppc64' && form.littleEndian) return 'ppc64le';
  if (name === 'riscv64' && form.class === 32) return 'riscv';
  return name;
}
