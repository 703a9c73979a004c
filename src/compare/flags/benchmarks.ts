/** The program's own Go benchmarks: found in the main module's packages, compiled once for each way to build. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { buildFlags, listFlags } from '../../golang/build-flags.ts';
import { goEnvironment, runGo, settingsOf } from '../../golang/go-command.ts';
import { goError } from '../../golang/go-errors.ts';
import type { BuildSettings } from './facts.ts';

/** A package with benchmarks. */
export interface BenchmarkPackage {
  readonly importPath: string;
  /** Absolute: benchmarks run there, for their testdata. */
  readonly dir: string;
  /** Names of their functions. */
  readonly functions: readonly string[];
}

const declared = /^func (Benchmark(?:[^\p{Ll}(][^(\s]*)?)\(\s*\w+\s+\*testing\.B\s*\)/gmu;

/** Finds the packages that have benchmarks. @throws ToolError GO_MODULE when packages cannot be listed */
export async function findBenchmarks(ctx: Ctx, settings: BuildSettings): Promise<BenchmarkPackage[]> {
  const { cwd } = settings;
  const goflags = (await settingsOf(ctx, settings, settings.toolchain)).get('GOFLAGS');
  // One line a file: import path, directory, name.
  const form =
    '{{$p := .}}{{range .TestGoFiles}}{{$p.ImportPath}}\t{{$p.Dir}}\t{{.}}\n{{end}}{{range .XTestGoFiles}}{{$p.ImportPath}}\t{{$p.Dir}}\t{{.}}\n{{end}}';
  const args = ['list', '-e', '-f', form, ...listFlags(settings, goflags), './...'];
  const exit = await runGo(ctx, settings, args, { cwd });
  if (exit.code !== 0) throw goError('./...', exit.stderr, cwd, 'list');
  const found = new Map<string, { dir: string; functions: string[] }>();
  for (const line of exit.stdout.split('\n')) {
    const [importPath, dir, name] = line.split('\t');
    if (importPath === undefined || dir === undefined || name === undefined) continue;
    const text = await fs.readFile(path.join(dir, name), 'utf8').catch(() => '');
    const functions = [...text.matchAll(declared)].flatMap(([, one]) => (one === undefined ? [] : [one]));
    if (functions.length === 0) continue;
    const known = found.get(importPath) ?? { dir, functions: [] };
    found.set(importPath, { dir, functions: [...known.functions, ...functions] });
  }
  return [...found].map(([importPath, { dir, functions }]) => ({ importPath, dir, functions }));
}

/**
 * Compiles the benchmarks of one package, as the program is compiled with these settings.
 * @param output absolute path of the test program
 * @throws ToolError GO_COMPILE with Go's own lines, and others of a compile
 */
export async function compileBenchmarks(
  ctx: Ctx,
  settings: BuildSettings,
  { dir, importPath }: BenchmarkPackage,
  output: string,
): Promise<void> {
  const goflags = (await settingsOf(ctx, settings, settings.toolchain)).get('GOFLAGS');
  const args = ['test', '-c', '-vet=off', ...buildFlags(settings, goflags), '-o', output, '.'];
  const exit = await runGo(ctx, settings, args, { cwd: dir, env: await goEnvironment(ctx, settings, dir) });
  if (exit.code !== 0) throw goError(importPath, exit.stderr, dir);
}

/** Nanoseconds of one operation, by benchmark, from what a test program prints; sub-benchmarks by their own names. */
export function readResults(output: string): Map<string, number> {
  const lines = output.matchAll(/^(Benchmark\S*?)(?:-\d+)?\s+\d+\s+(\d+(?:\.\d+)?) ns\/op/gm);
  return new Map(
    [...lines].flatMap(([, name, time]) =>
      name === undefined || Number(time) <= 0 ? [] : [[name, Number(time)] as const],
    ),
  );
}
