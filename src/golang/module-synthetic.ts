/** The go.mod of a main module whose only purpose is to require one other. */
import type { Replacement } from './gomod.ts';
import type { ResolvedModule } from './module-resolve.ts';

/**
 * Requires the module at its version, with the module's own go line (language and GODEBUG defaults follow it), its replaces by
 * other modules and its excludes, which count only in a main module.
 */
export function syntheticGoMod({ module, version, goMod }: ResolvedModule): string {
  const lines = [
    // A first element without a dot can be nobody's public module.
    'module coracle/program',
    '',
    `go ${goMod.go ?? '1.16'}`,
    ...Object.entries(goMod.godebug).map(([key, value]) => `godebug ${key}=${value}`),
    '',
    `require ${module} ${version}`,
    ...goMod.replace.filter(isModule).map((line) => `replace ${describe(line)}`),
    ...goMod.exclude.map((line) => `exclude ${line.path} ${line.version}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** What the result should say about the module's replace lines. */
export function replaceNotes({ module, goMod }: ResolvedModule): string[] {
  return goMod.replace.map((line) =>
    isModule(line)
      ? `replace ${describe(line)}: honoured, as in the go.mod of ${module}`
      : `replace ${describe(line)}: dropped, as a folder is no part of the published module ${module}; the version in its go.mod is used`,
  );
}

function isModule({ by }: Replacement): boolean {
  return by.version !== undefined;
}

function describe({ path, version, by }: Replacement): string {
  const left = version === undefined ? path : `${path} ${version}`;
  return `${left} => ${by.version === undefined ? by.path : `${by.path} ${by.version}`}`;
}
