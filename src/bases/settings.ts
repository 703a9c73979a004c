import { ToolError } from '../core/errors.ts';
import type { SourceRange } from '../core/errors.ts';
import type { ErrorCode } from '../core/error-codes.ts';
import { snapshotTime } from '../base/debian/snapshot.ts';
import { parseReference } from '../oci/reference.ts';
import { baseKind, namedBase } from './names.ts';
import type { BaseSettings } from './types.ts';

/** The settings of a base that nothing is said of but its name. */
export function plainSettings(name: string): BaseSettings {
  return {
    ...{ name, packages: [], slim: false, omit: [], verify: [], debian: {} },
    alpine: { repositories: [], keys: [], ignoreScripts: [] },
  };
}

/** Where a setting was made, for errors: a flag, or a key and its place in a file. */
export interface SettingFrom {
  readonly name: string;
  readonly where?: SourceRange;
}

/** Where each value came from: `base.packages`, `debian.snapshot`. */
export type SettingOrigin = (...keys: readonly (string | number)[]) => SettingFrom;

/**
 * Settings that do not contradict each other; what is wrong with one alone is found here too, before anything is compiled.
 * @throws ToolError USAGE for flags, CONFIG_INVALID for files, with the place; REFERENCE_INVALID
 */
export function checkSettings(settings: BaseSettings, origin: SettingOrigin): BaseSettings {
  const { name, packages, slim, omit, debian } = settings;
  const kind = baseKind(settings);
  const base = namedBase(name);
  if (packages.length > 0 && base?.packages !== true) {
    const why = base ? `${name} takes no packages` : `${name} is an image, to which no packages are added`;
    throw problem(
      origin('base', 'packages'),
      why,
      'Packages go with --base debian, glibc, cc, static-debian, debian-slim, distalpine or alpine.',
    );
  }
  for (const [key, said] of [
    ['slim', slim],
    ['omit', omit.length > 0],
  ] as const) {
    if (!said || ['composed', 'distribution', 'image'].includes(kind)) continue;
    throw problem(
      origin('base', key),
      `nothing can be left out of ${name}: it has only what it needs`,
      'It goes with bases from packages and with images.',
    );
  }
  packages.forEach((text, index) => checkPackage(text, settings, origin('base', 'packages', index)));
  omit.forEach((glob, index) => {
    if (!glob.startsWith('/'))
      throw problem(
        origin('base', 'omit', index),
        `${JSON.stringify(glob)} is no absolute path in the image`,
        'Write it as /usr/share/doc/**.',
      );
  });
  if (kind === 'image') at(origin('base'), () => parseReference(name));
  if (debian.snapshot !== undefined) {
    const { snapshot } = debian;
    at(origin('debian', 'snapshot'), () => snapshotTime(snapshot));
  }
  if (name === 'alpine' && kind === 'composed' && settings.alpine.repositories.length === 0) {
    throw problem(
      origin('base', 'packages'),
      'packages of Alpine come from a repository, and none is named',
      'Set alpine.repositories and alpine.keys in coracle.yaml, or take the image as it is: --base alpine:3.',
    );
  }
  return settings;
}

const debianPackage = /^[a-z0-9][a-z0-9+.-]*(?:=[A-Za-z0-9.+:~-]+)?$/;
/** As in /etc/apk/world. */
const alpinePackage = /^!?[A-Za-z0-9][A-Za-z0-9+_.-]*(?:(?:[<>]=?|=|~)[A-Za-z0-9._+-]+)?$/;

function checkPackage(text: string, { name }: BaseSettings, from: SettingFrom): void {
  const form = name === 'alpine' ? alpinePackage : debianPackage;
  if (form.test(text)) return;
  throw problem(
    from,
    `${JSON.stringify(text)} is no name of a package`,
    'Write packages as name or name=version, with commas between them.',
  );
}

function problem(from: SettingFrom, message: string, hint: string): ToolError {
  const code: ErrorCode = from.where ? 'CONFIG_INVALID' : 'USAGE';
  return new ToolError(code, `${from.name}: ${message}`, { ...(from.where && { where: from.where }), hint });
}

/** Adds to an error where the value came from. */
function at(from: SettingFrom, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError(error.code, `${from.name}: ${error.message}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      ...(from.where && { where: from.where }),
      cause: error,
    });
  }
}
