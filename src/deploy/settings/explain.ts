import { deployOf } from '../../config/deploy.ts';
import type { LoadedEnvironment } from '../../config/environment.ts';
import { explainValues, lineOf, placeIn, type ExplainedValue, type Source } from '../../config/explain.ts';
import { finalConfig, isNames } from '../../config/final.ts';
import { deploySettings } from '../settings.ts';
import type { DeploySettings } from '../types.ts';
import { serviceName } from './name.ts';
import { portOf } from './port.ts';
import { runtimeVariables } from './runtime-env.ts';

/** The final configuration of an environment, and where each value of it comes from. */
export interface ExplainedSettings {
  readonly file: string;
  readonly environment: string | undefined;
  readonly environments: readonly string[];
  /** As it is called on hosts; undefined without `deploy:`. */
  readonly service: string | undefined;
  /** In the form of a coracle.yaml without environments. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly values: readonly ExplainedValue[];
}

type Keys = readonly (string | number)[];

/** What follows from other values: the value, at its keys, and why it is that. */
interface Derived {
  readonly keys: Keys;
  readonly value: unknown;
  readonly why: string;
}

/**
 * Checks the configuration as a deploy would, and explains it.
 * @param goVersion that the program is built with, as far as it is known without building
 * @throws ToolError CONFIG_INVALID
 */
export function explainSettings(loaded: LoadedEnvironment, goVersion?: string): ExplainedSettings {
  const settings = loaded.config.deploy === undefined ? undefined : deploySettings(loaded);
  const derived = settings ? derivedOf(loaded, settings, goVersion) : [];
  const config = derived.reduce<Record<string, unknown>>(
    (all, { keys, value }) => put(all, keys, value),
    finalConfig(loaded),
  );
  const sourceOf = (keys: Keys): Source => {
    const one = derived.find(
      (each) => each.keys.length <= keys.length && each.keys.every((key, index) => key === keys[index]),
    );
    if (one) return { from: 'derived', why: one.why };
    return placeIn(loaded, written(loaded, keys)) ?? { from: 'default' };
  };
  return {
    file: loaded.shown,
    environment: loaded.environment,
    environments: loaded.environments,
    service: settings?.service,
    config,
    values: explainValues(config, sourceOf),
  };
}

/** Where the file has what the final configuration has at these keys: a list of secrets became a map, and so did the name of a strategy. */
function written(loaded: LoadedEnvironment, keys: Keys): Keys {
  const at = keys.indexOf('secrets');
  const deploy = deployOf(loaded.config);
  if (keys.join('.') === 'deploy.strategy.type' && typeof deploy?.strategy === 'string')
    return keys.slice(0, 2);
  if (!deploy || keys[0] !== 'deploy' || at < 0) return keys;
  const said = at === 1 ? deploy.secrets : deploy.accessories?.[String(keys[2])]?.secrets;
  if (!isNames(said)) return keys;
  return [...keys.slice(0, at + 1), said.indexOf(String(keys[at + 1]))];
}

function derivedOf(
  loaded: LoadedEnvironment,
  settings: DeploySettings,
  goVersion: string | undefined,
): readonly Derived[] {
  const deploy = deployOf(loaded.config);
  if (!deploy) return [];
  const at = (...keys: Keys): string => {
    const place = placeIn(loaded, keys);
    return place ? ` (${lineOf(place)})` : '';
  };
  const all: Derived[] = [];
  const add = (keys: Keys, value: unknown, why: string): void => {
    if (value !== undefined) all.push({ keys, value, why });
  };
  const { name, from } = serviceName(loaded);
  if (from === 'image') add(['name'], name, `the last word of image${at('image')}`);
  if (from === 'directory') add(['name'], name, "the directory's name");
  const port = portOf({ deploy, loaded });
  if (port.from === 'ports')
    add(['deploy', 'port'], port.port, `the first of ports${at('ports', port.index)}`);
  if (port.from === 'default')
    add(['deploy', 'port'], port.port, 'usual; a single port that the image exposes comes before it');
  const { health } = deploy;
  if (health !== 'none') {
    const { path, status } = settings.health;
    if (health.path === undefined)
      add(['deploy', 'health', 'path'], path, 'no path was chosen: any answer but a 5xx is well');
    if (health.status === undefined)
      add(
        ['deploy', 'health', 'status'],
        status,
        health.path === undefined
          ? 'no path was chosen'
          : `of a path that was chosen${at('deploy', 'health', 'path')}`,
      );
    if (health.port === undefined) add(['deploy', 'health', 'port'], settings.health.port, 'deploy.port');
  }
  if (deploy.judge.noData === undefined)
    add(
      ['deploy', 'judge', 'noData'],
      settings.judge.noData,
      `strategy ${settings.strategy.type}${at('deploy', 'strategy')}`,
    );
  for (const { name: variable, value, why } of runtimeVariables(
    settings.container,
    goVersion,
    Object.keys(loaded.config.env ?? {}),
  ))
    add(
      ['deploy', 'env', variable],
      value,
      `${why}${at('deploy', 'resources', variable === 'GOMEMLIMIT' ? 'memory' : 'cpus')}`,
    );
  return [...all, ...ofStrategy(loaded, settings)];
}

/** What a strategy's name stands for. */
function ofStrategy(loaded: LoadedEnvironment, { strategy }: DeploySettings): readonly Derived[] {
  const deploy = deployOf(loaded.config);
  const said = typeof deploy?.strategy === 'object' ? deploy.strategy : {};
  const why = `usual for ${strategy.type}`;
  const all: Readonly<Record<string, unknown>> = { ...strategy };
  const missing = Object.keys(all).filter((key) => !Object.hasOwn(said, key) && key !== 'type');
  return missing.map((key) => ({ keys: ['deploy', 'strategy', key], value: shown(key, all[key]), why }));
}

/** As it is written in a file. */
function shown(key: string, value: unknown): unknown {
  if (key === 'pause') return `${Number(value) / 1000}s`;
  return Array.isArray(value) ? value.map((each) => `${String(each)}%`) : value;
}

/** A copy with a value at these keys; `strategy: canary` becomes a map. `name` comes first. */
function put(
  under: Record<string, unknown>,
  [key = '', ...rest]: Keys,
  value: unknown,
): Record<string, unknown> {
  const before = under[key];
  const inner =
    typeof before === 'object' && before !== null
      ? { ...before }
      : key === 'strategy'
        ? { type: before }
        : {};
  const result = rest.length === 0 ? value : put(inner, rest, value);
  return key === 'name' ? { name: result, ...under } : { ...under, [key]: result };
}
