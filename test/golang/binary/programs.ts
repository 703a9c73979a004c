import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { goCommand } from '../../components/go.ts';

/** Main packages by name; each is one file. */
export type Sources = Readonly<Record<string, string>>;

/** Writes a module with a folder per program. */
export function writePrograms(directory: string, sources: Sources): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'go.mod'), 'module example.com/programs\n\ngo 1.21\n');
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(path.join(directory, name), { recursive: true });
    writeFileSync(path.join(directory, name, 'main.go'), source);
  }
}

export interface GoBuild {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Builds some of the programs with the host's Go. @returns where the executables are, by program */
export async function buildPrograms(
  directory: string,
  names: readonly string[],
  label: string,
  { flags = ['-ldflags=-s -w'], env = {} }: GoBuild = {},
): Promise<(name: string) => string> {
  const out = path.join(directory, 'bin', label);
  mkdirSync(out, { recursive: true });
  await goCommand(['build', '-trimpath', ...flags, '-o', `${out}/`, ...names.map((name) => `./${name}`)], {
    cwd: directory,
    env: { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', ...env },
  });
  return (name) => path.join(out, name);
}

/** The same file without its section headers, as a packer of executables may leave it. */
export function withoutSections(file: string): string {
  const bytes = readFileSync(file);
  const fields = bytes[4] === 2 ? [40, 48, 60, 64] : [32, 36, 48, 52];
  const [offset = 0, offsetEnd = 0, counts = 0, countsEnd = 0] = fields;
  bytes.fill(0, offset, offsetEnd);
  bytes.fill(0, counts, countsEnd);
  const changed = `${file}.nosections`;
  writeFileSync(changed, bytes, { mode: 0o755 });
  return changed;
}
