import path from 'node:path';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { SourceRange } from '../core/errors.ts';
import { check } from './check.ts';
import type { Layer } from './merge.ts';
import { seenBy, type PickEnvironment } from './environments.ts';
import { configSchema, finalSchema } from './schema.ts';
import { partial } from './schema/overlay.ts';
import type { AlpineConfig, AlpineKeyConfig, BaseConfig, Config, RegistryConfig } from './types.ts';
import { commandWords } from './words.ts';
import { parseYaml, type Yaml } from './yaml.ts';

/** A file as one of its environments sees it. */
export interface ParsedConfig extends Layer {
  readonly environment: string | undefined;
  readonly environments: readonly string[];
  /** Where the settings of that environment stand. */
  readonly overlay?: SourceRange | undefined;
}

/**
 * Parses and checks the text of a coracle.yaml, with all its environments; paths in it are made absolute from its directory, but those of
 * `deploy:`.
 * @param pick the environment that is laid over the rest; none by default
 * @throws ToolError CONFIG_INVALID with the place; whatever `pick` throws
 */
export function parseConfig(
  text: string,
  file: string,
  shown: string,
  pick: PickEnvironment = () => undefined,
): ParsedConfig {
  const yaml = parseYaml(text, shown);
  const whole = yaml.root === null ? undefined : yaml.resolve(yaml.root);
  if (whole === undefined || (isScalar(whole) && whole.value === null))
    return { config: {}, from: () => ({ name: shown }), environment: pick([]), environments: [] };
  const seen = seenBy(yaml, whole, pick);
  // What a file without an environment lacks, its environments may have.
  if (seen.several) check(yaml, whole, partial(configSchema));
  // The schema has been checked node by node: the value has the form that it describes.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const written = check(
    yaml,
    seen.root,
    seen.several && seen.environment === undefined ? partial(finalSchema) : finalSchema,
  ) as Written;
  const { base, alpine, ...rest } = written;
  const config: Config = { ...rest, ...baseOf(base), ...alpineOf(alpine) };
  return {
    config: absolute(config, path.dirname(file)),
    from: (keys) => placeOf(yaml, keys, seen.root),
    environment: seen.environment,
    environments: seen.environments,
    overlay: seen.own && yaml.range(seen.own),
  };
}

/** Where a value has several forms in the file, and one behind it. */
type Written = Omit<Config, 'base' | 'alpine'> & {
  readonly base?:
    string | (Omit<BaseConfig, 'verify'> & { readonly verify?: readonly (string | readonly string[])[] });
  readonly alpine?: Omit<AlpineConfig, 'keys'> & { readonly keys?: readonly (string | AlpineKeyConfig)[] };
};

function baseOf(base: Written['base']): Pick<Config, 'base'> {
  if (base === undefined) return {};
  if (typeof base === 'string') return { base: { name: base } };
  const { verify, ...rest } = base;
  const words = verify?.map((command) =>
    typeof command === 'string' ? commandWords(command, { name: 'base.verify' }) : command,
  );
  return { base: { ...rest, ...(words && { verify: words }) } };
}

function alpineOf(alpine: Written['alpine']): Pick<Config, 'alpine'> {
  if (alpine === undefined) return {};
  const { keys, ...rest } = alpine;
  const read = keys?.map((key) => (typeof key === 'string' ? { pem: key } : key));
  return { alpine: { ...rest, ...(read && { keys: read }) } };
}

function absolute(config: Config, directory: string): Config {
  const at = (name: string): string => path.resolve(directory, name);
  const registries: Record<string, RegistryConfig> = {};
  for (const [host, { ca, ...settings }] of Object.entries(config.registries ?? {})) {
    registries[host] = ca === undefined ? settings : { ...settings, ca: at(ca) };
  }
  return {
    ...config,
    ...(config.addCa ? { addCa: config.addCa.map(at) } : {}),
    ...(config.files
      ? { files: config.files.map((file) => Object.assign({}, file, { from: at(file.from) })) }
      : {}),
    ...(config.dockerfile?.file === undefined
      ? {}
      : { dockerfile: { ...config.dockerfile, file: at(config.dockerfile.file) } }),
    ...(config.registries ? { registries } : {}),
  };
}

/** Where the value at `keys` stands; the innermost place that there is. */
export function placeOf(
  yaml: Yaml,
  keys: readonly (string | number)[],
  root: Node | null = yaml.root,
): ReturnType<Layer['from']> {
  let node: Node | undefined = yaml.resolve(root);
  for (const key of keys) {
    const next: Node | undefined = isSeq(node)
      ? yaml.resolve(node.items[Number(key)])
      : isMap(node)
        ? yaml.entries(node).find((entry) => entry.key === key)?.value
        : undefined;
    if (!next) break;
    node = next;
  }
  return { name: keys.join('.'), where: yaml.range(node) };
}
