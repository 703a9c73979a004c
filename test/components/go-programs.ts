import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { parseJson } from '../support/json.ts';
import { goCommand } from './go.ts';

/** A public program, one build of it. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
  /** Import path of the main package. */
  readonly package: string;
  /** `1.27.4`: the go command fetches that toolchain; the machine's own when left out. */
  readonly goVersion?: string;
  /** GOARCH; the machine's own when left out. */
  readonly arch?: string;
  /** Linked with `-s -w`. Its twin differs in nothing else, and costs no more than another link. */
  readonly strip: boolean;
  /** More flags of `go build`. */
  readonly flags?: readonly string[];
}

/**
 * Builds a program of a public module once into the test cache. It is built as a dependency of an empty module, which `go install`
 * cannot do for modules with replacements; those that name another module are kept, those that name a folder are dropped, as the
 * folder is not in the module.
 * Files' names in it are as `-trimpath` makes them: import paths.
 * @returns the path of the executable
 */
export async function goProgram(program: GoProgram): Promise<string> {
  const home = await emptyModule(program);
  const directory = await cached(`program-${keyOf(program)}`, async (fresh) => {
    const link = program.strip ? ['-ldflags=-s -w'] : [];
    const flags = ['-trimpath', '-buildvcs=false', ...link, ...(program.flags ?? [])];
    await goCommand(['build', ...flags, '-o', path.join(fresh, 'program'), program.package], {
      cwd: home,
      env: environment(program),
    });
  });
  return path.join(directory, 'program');
}

/** A module that requires the program's, in the versions that the program's module asks for. */
async function emptyModule({ module, version, package: main, goVersion }: GoProgram): Promise<string> {
  const key = keyOf([module, version, main, goVersion ?? 'local']);
  return cached(`program-module-${key}`, async (fresh) => {
    const env = environment(goVersion === undefined ? {} : { goVersion });
    const go = async (...args: readonly string[]): Promise<string> => goCommand(args, { cwd: fresh, env });
    mkdirSync(fresh, { recursive: true });
    writeFileSync(path.join(fresh, 'go.mod'), 'module example.com/programs\n');
    const { GoMod: file } = parseJson<{ GoMod: string }>(
      await go('mod', 'download', '-json', `${module}@${version}`),
    );
    const { Replace: replaced } = parseJson<{ Replace: readonly Replacement[] | null }>(
      await go('mod', 'edit', '-json', file),
    );
    for (const { Old, New } of replaced ?? []) {
      const old = Old.Version === undefined ? Old.Path : `${Old.Path}@${Old.Version}`;
      if (New.Version !== undefined) await go('mod', 'edit', `-replace=${old}=${New.Path}@${New.Version}`);
    }
    await go('get', `${main}@${version}`);
  });
}

interface Replacement {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
}

function environment({ goVersion, arch }: { goVersion?: string; arch?: string }): Record<string, string> {
  return {
    CGO_ENABLED: '0',
    GOOS: 'linux',
    GOFLAGS: '',
    GOWORK: 'off',
    GOTOOLCHAIN: goVersion === undefined ? 'local' : `go${goVersion}`,
    ...(arch === undefined ? {} : { GOARCH: arch }),
  };
}

function keyOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
