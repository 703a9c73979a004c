import type { ContainerSettings } from '../types.ts';

/** Share of the memory limit that Go's heap and runtime may take; the rest is for stacks of C, the kernel's buffers, and slack. */
const goShare = 0.9;
const mebibyte = 1024 * 1024;

/** A variable that is set for Go's sake, and why, for `config --explain`. */
export interface RuntimeVariable {
  readonly name: 'GOMEMLIMIT' | 'GOMAXPROCS';
  readonly value: string;
  readonly why: string;
}

/**
 * What tells a Go program its limits: GOMEMLIMIT at 90 % of the memory limit, and GOMAXPROCS for Go before 1.25, which does not read the limit of
 * processors by itself. As Go 1.25 counts: the limit rounded up, and 2 at least. Nothing that is set already is touched.
 * @param goVersion `1.24.3`; undefined when the program is not known to be of Go
 * @param ofImage names of variables that the image sets
 */
export function runtimeVariables(
  container: Pick<ContainerSettings, 'env' | 'secrets' | 'memory' | 'cpus'>,
  goVersion: string | undefined,
  ofImage: readonly string[] = [],
): readonly RuntimeVariable[] {
  const set = new Set([
    ...ofImage,
    ...Object.keys(container.env),
    ...container.secrets.map(({ name }) => name),
  ]);
  const all: RuntimeVariable[] = [];
  if (container.memory !== undefined)
    all.push({ name: 'GOMEMLIMIT', value: limitOf(container.memory), why: '90 % of resources.memory' });
  if (container.cpus !== undefined && goVersion !== undefined && beforeOwnLimit(goVersion)) {
    all.push({
      name: 'GOMAXPROCS',
      value: String(Math.max(2, Math.ceil(container.cpus))),
      why: `resources.cpus rounded up, at least 2; Go ${goVersion} does not read the limit by itself`,
    });
  }
  return all.filter(({ name }) => !set.has(name));
}

/** The same as an environment. */
export function runtimeEnv(
  container: Pick<ContainerSettings, 'env' | 'secrets' | 'memory' | 'cpus'>,
  goVersion: string | undefined,
  ofImage?: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    runtimeVariables(container, goVersion, ofImage).map(({ name, value }) => [name, value]),
  );
}

function limitOf(memory: number): string {
  const bytes = Math.floor(memory * goShare);
  return bytes >= 64 * mebibyte ? `${Math.floor(bytes / mebibyte)}MiB` : `${bytes}B`;
}

/** Go reads the container's limit of processors since 1.25. */
function beforeOwnLimit(version: string): boolean {
  const form = /^(?:go)?(\d+)(?:\.(\d+))?/.exec(version);
  return form !== null && (Number(form[1]) < 1 || (form[1] === '1' && Number(form[2] ?? 0) < 25));
}
