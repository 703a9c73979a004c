/**
 * Processor levels: which features a processor must have to run a program of GOAMD64 v2 to v4 (the x86-64 psABI's levels) or of
 * GOARM64 v8.1 and up, by the names that the kernel gives them in /proc/cpuinfo.
 */
const amd64: readonly (readonly string[])[] = [
  [],
  ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
  ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'],
  ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
];
/** What Go asks of v8.1 (the large system extensions), and what came by v8.2 and v9.0. */
const arm64: readonly (readonly string[])[] = [[], ['atomics'], ['dcpop'], ['sve2']];

const values: Readonly<Record<string, { variable: string; names: readonly string[]; needs: typeof amd64 }>> =
  {
    amd64: { variable: 'GOAMD64', names: ['v1', 'v2', 'v3', 'v4'], needs: amd64 },
    arm64: { variable: 'GOARM64', names: ['v8.0', 'v8.1', 'v8.2', 'v9.0'], needs: arm64 },
  };

/** The variables that name a level, of every architecture that has levels. */
export const levelVariables = Object.values(values).map(({ variable }) => variable);

/** A level as the go command takes it; undefined when the architecture has none that is measured. Levels count from 1. */
export function levelOf(
  architecture: string,
  level: number,
): { variable: string; value: string } | undefined {
  const port = Object.hasOwn(values, architecture) ? values[architecture] : undefined;
  const value = port?.names[level - 1];
  return port && value !== undefined ? { variable: port.variable, value } : undefined;
}

/** The first feature of a level, or of those below it, that a processor lacks; undefined when it has all. */
export function lackedBy(
  features: ReadonlySet<string> | undefined,
  architecture: string,
  level: number,
): string | undefined {
  const needs = (values[architecture]?.needs ?? []).slice(0, level).flat();
  return features === undefined ? 'a list of its features' : needs.find((feature) => !features.has(feature));
}
