/**
 * ci/ writes the files by which GitHub Actions and GitLab CI ship a project. It knows the project's configuration and nothing else: how ship works,
 * the file only calls.
 */
import { deployOf, type SecretsConfig } from '../config/deploy.ts';
import type { LoadedEnvironment } from '../config/environment.ts';
import { ToolError } from '../core/errors.ts';

/** One environment, and what deploys to it. */
export interface Target {
  /** Undefined for a project without environments. */
  readonly environment: string | undefined;
  /** A push to the main branch, or a tag `v…`. */
  readonly on: 'branch' | 'tag';
}

/** What a pipeline depends on. Every text in it has been checked against a form that no shell and no YAML stumbles over. */
export interface CiFacts {
  /** The project's directory below the repository's root; `.` is the root. */
  readonly directory: string;
  /** The environment that pull requests are checked with. */
  readonly check: string | undefined;
  readonly targets: readonly Target[];
  /** Environments that no push deploys to. */
  readonly others: readonly string[];
  readonly platforms: readonly string[];
  /** The registry that the image is pushed to. */
  readonly registry: string | undefined;
  /** Variables that secrets of the service come from. */
  readonly secrets: readonly string[];
  readonly branch: string;
  /** Of Coracle, pinned. */
  readonly version: string;
}

/**
 * Which environment follows the main branch and which the tags: by their names, staging and production or the like; a single one, or none, follows
 * the tags.
 */
export function targetsOf(environments: readonly string[]): readonly Target[] {
  if (environments.length < 2) return [{ environment: environments[0], on: 'tag' }];
  const production = environments.find((name) => /^(prod|live)/.test(name)) ?? environments.at(-1);
  const rest = environments.filter((name) => name !== production);
  const staging = rest.find((name) => /^(stag|test|dev|pre|next)/.test(name)) ?? rest[0];
  return [
    { environment: staging, on: 'branch' },
    { environment: production, on: 'tag' },
  ];
}

/**
 * @param seen the configuration as each environment sees it; one without a name where there are none
 * @throws ToolError UNSUPPORTED for names that cannot be written into a pipeline safely
 */
export function factsOf(
  seen: readonly LoadedEnvironment[],
  { directory, branch, version }: Pick<CiFacts, 'directory' | 'branch' | 'version'>,
): CiFacts {
  const environments = seen.flatMap(({ environment }) => environment ?? []);
  const deploys = seen.some(({ config }) => config.deploy !== undefined);
  const targets = deploys ? targetsOf(environments) : [];
  const chosen = new Set(targets.map(({ environment }) => environment));
  const configs = seen.filter(({ environment }) => chosen.has(environment)).map(({ config }) => config);
  const [config = seen[0]?.config ?? {}] = configs;
  const images = [...configs, config].flatMap(({ image }) => registryOf(image) ?? []);
  const secrets = configs.flatMap((one) => variablesOf(deployOf(one)?.secrets));
  const facts: CiFacts = {
    directory: plain('the directory', directory, /^(\.|[\w.@+-]+(\/[\w.@+-]+)*)$/),
    check: targets[0]?.environment ?? environments[0],
    targets,
    others: environments.filter((name) => !chosen.has(name)),
    platforms: config.platforms ?? [],
    registry: images[0],
    secrets: [...new Set(secrets)],
    branch: plain('the branch', branch, /^[\w.][\w./+-]*$/),
    version,
  };
  for (const name of [...environments, ...facts.platforms, ...facts.secrets, facts.registry ?? 'none'])
    plain('a name of coracle.yaml', name, /^[\w.][\w./:-]*$/);
  return facts;
}

/** The host that an image's name begins with, if it does. The rule is Docker's. */
function registryOf(image: string | undefined): string | undefined {
  const [first = '', ...rest] = (image ?? '').split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
}

/** Secrets that come from variables. */
function variablesOf(secrets: SecretsConfig | undefined): string[] {
  if (secrets === undefined) return [];
  if (isList(secrets)) return [...secrets];
  return Object.entries(secrets).flatMap(([name, { env, file, command }]) =>
    file === undefined && command === undefined ? [env ?? name] : (env ?? []),
  );
}

function isList(secrets: SecretsConfig): secrets is readonly string[] {
  return Array.isArray(secrets);
}

/** Into a pipeline goes nothing that a shell or YAML would read as more than a word. */
function plain(what: string, text: string, form: RegExp): string {
  if (form.test(text) && !text.includes('..')) return text;
  throw new ToolError('UNSUPPORTED', `${what} ${JSON.stringify(text)} is not written into a pipeline`, {
    hint: 'Only letters, digits and . _ - / are; write the file by hand, after docs/ci.md.',
  });
}
