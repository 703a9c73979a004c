import { ToolError } from '../../core/errors.ts';
import type { OpenPackage } from './kept-debs.ts';
import { knownScripts } from './known-scripts.ts';
import { installScripts } from './recipe.ts';
import { withoutAlternatives } from './recipes/alternatives.ts';
import { scriptForm } from './script-form.ts';

/**
 * Every script that dpkg would run is one that a recipe stands for, or does nothing that an image needs.
 * @throws ToolError BASE_SCRIPT_UNKNOWN naming the package, the script and its digest
 */
export function checkScripts(packages: readonly OpenPackage[]): void {
  for (const { record, control } of packages) {
    for (const script of installScripts) {
      const source = control.get(script);
      if (!source) continue;
      const { text, digest } = scriptForm(withoutAlternatives(source), record.version);
      if (text !== '' && !(knownScripts[record.name]?.[script] ?? []).includes(digest)) {
        throw unknown(record.name, record.version, script, digest, record.name in knownScripts);
      }
    }
  }
}

function unknown(name: string, version: string, script: string, digest: string, other: boolean): ToolError {
  const which = other ? 'that is not one of those that Coracle knows' : 'that Coracle has no recipe for';
  return new ToolError(
    'BASE_SCRIPT_UNKNOWN',
    `the package ${name} ${version} has a ${script} script ${which}`,
    {
      hint: other
        ? `Pin an earlier version (${name}=VERSION), leave it out, or use a Coracle that knows its script (form sha256:${digest}).`
        : `Leave ${name} out, or start from an image in which it was installed (--base IMAGE). Its script has the form sha256:${digest}.`,
    },
  );
}
