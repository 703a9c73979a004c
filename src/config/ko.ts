import { promises as fs } from 'node:fs';
import path from 'node:path';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Ctx } from '../core/ctx.ts';
import { readFileIfThere } from '../core/files.ts';

import { shortest, type LoadedConfig } from './load.ts';
import { placeOf } from './parse.ts';
import type { Config, GoConfig } from './types.ts';
import { pairs } from './values.ts';
import { parseYaml, type Yaml } from './yaml.ts';

/** Where ko puts the files of a `kodata` directory, and the variable that tells the program. */
const dataPath = '/var/run/ko';

const topKeys = [
  'defaultBaseImage',
  'baseImageOverrides',
  'defaultPlatforms',
  'defaultEnv',
  'defaultFlags',
  'defaultLdflags',
  'builds',
];
const buildKeys = ['id', 'dir', 'main', 'env', 'flags', 'ldflags'];

interface KoBuild {
  readonly dir: string;
  /** Absolute directory of the main package. */
  readonly main: string;
  readonly env: readonly string[];
  readonly flags: readonly string[];
  readonly ldflags: readonly string[];
}

export interface KoResult {
  readonly loaded: LoadedConfig;
  readonly consulted: readonly string[];
}

/**
 * Reads what a .ko.yaml says about the program in `start` (a directory), as ko would build it: its base, platforms, flags, and the
 * files of the `kodata` directory beside the main package. What Coracle does not know in it is warned about and left.
 * @throws ToolError CONFIG_INVALID
 */
export async function readKo(ctx: Ctx, file: string, text: string, start: string): Promise<KoResult> {
  const yaml = parseYaml(text, shortest(file, ctx.cwd));
  const home = path.dirname(file);
  const root = yaml.root ? yaml.resolve(yaml.root) : undefined;
  const top = fields(ctx, yaml, root, topKeys);
  const builds = seq(yaml, top.get('builds')).map((node) => buildOf(ctx, yaml, node, home));
  const build = chosen(ctx, builds, start, home);
  const main = build && start === home ? build.main : start;
  const importPath = await importPathOf(main);
  const kodata = path.join(main, 'kodata');
  const hasData = (await fs.stat(kodata).catch(() => undefined))?.isDirectory() ?? false;
  const env = {
    ...pairs(texts(yaml, top.get('defaultEnv')), { name: 'defaultEnv' }),
    ...pairs(build?.env ?? [], { name: 'builds.env' }),
  };
  const overrides = mapOf(yaml, top.get('baseImageOverrides'));
  const base = overrides.get(importPath.path ?? '') ?? one(yaml, top.get('defaultBaseImage'));
  const platforms = texts(yaml, top.get('defaultPlatforms'));
  const go = goOf(
    env,
    build?.flags.length ? build.flags : texts(yaml, top.get('defaultFlags')),
    build?.ldflags.length ? build.ldflags : texts(yaml, top.get('defaultLdflags')),
  );
  const config: Config = {
    ...(base === undefined ? {} : { base: { name: base } }),
    ...(platforms.length > 0 ? { platforms } : {}),
    ...(Object.keys(go).length > 0 ? { go } : {}),
    ...(main === start ? {} : { main: `./${path.relative(home, main)}` }),
    ...(hasData ? { files: [{ from: kodata, to: dataPath }], env: { KO_DATA_PATH: dataPath } } : {}),
  };
  const layer = { config, from: (keys: readonly (string | number)[]) => placeOf(yaml, koKey(keys)) };
  return { loaded: { file, layer }, consulted: [kodata, ...importPath.consulted] };
}

/** The key of .ko.yaml that a key of Config comes from. */
function koKey(keys: readonly (string | number)[]): readonly (string | number)[] {
  const names: Record<string, string> = {
    base: 'defaultBaseImage',
    platforms: 'defaultPlatforms',
    go: 'builds',
  };
  return [names[String(keys[0])] ?? 'builds'];
}

function goOf(
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
  ldflags: readonly string[],
): GoConfig {
  const { CGO_ENABLED: cgo, ...rest } = env;
  return {
    ...(Object.keys(rest).length > 0 ? { env: rest } : {}),
    ...(cgo === '1' ? { cgo: 'dynamic' as const } : {}),
    ...(flags.length > 0 ? { flags } : {}),
    ...(ldflags.length > 0 ? { ldflags } : {}),
  };
}

/** The build that describes `start`; the only one, when start is where the file stands. */
function chosen(ctx: Ctx, builds: readonly KoBuild[], start: string, home: string): KoBuild | undefined {
  const exact = builds.find((build) => build.main === start);
  if (exact || start !== home || builds.length === 0) return exact;
  if (builds.length === 1) return builds[0];
  ctx.emit({
    kind: 'warning',
    message:
      '.ko.yaml describes several builds, and none of them is this directory: only its defaults are used',
    hint: `Name one, such as ./${path.relative(home, builds[0]?.main ?? home)}.`,
  });
  return undefined;
}

function buildOf(ctx: Ctx, yaml: Yaml, node: Node | undefined, home: string): KoBuild {
  const map = fields(ctx, yaml, node, buildKeys);
  const dir = path.resolve(home, one(yaml, map.get('dir')) ?? '.');
  const main = path.resolve(dir, one(yaml, map.get('main')) ?? '.');
  return {
    dir,
    main: main.endsWith('.go') ? path.dirname(main) : main,
    env: texts(yaml, map.get('env')),
    flags: texts(yaml, map.get('flags')),
    ldflags: texts(yaml, map.get('ldflags')),
  };
}

/** The import path of the package in a directory, from the go.mod above it. */
async function importPathOf(directory: string): Promise<{ path?: string; consulted: string[] }> {
  const consulted: string[] = [];
  for (let at = directory; ; at = path.dirname(at)) {
    const file = path.join(at, 'go.mod');
    consulted.push(file);
    const text = await readFileIfThere(file);
    if (text) {
      const module = /^[ \t]*module[ \t]+"?([^\s"]+)/m.exec(text.toString('utf8'))?.[1];
      return module === undefined
        ? { consulted }
        : {
            consulted,
            path: path.posix.join(module, path.relative(at, directory).replaceAll(path.sep, '/')),
          };
    }
    if (at === path.dirname(at)) return { consulted };
  }
}

function fields(
  ctx: Ctx,
  yaml: Yaml,
  node: Node | undefined,
  known: readonly string[],
): Map<string, Node | undefined> {
  if (node === undefined) return new Map();
  if (!isMap(node)) throw yaml.error(`${yaml.file} must hold a map here`, node);
  const all = new Map<string, Node | undefined>();
  for (const { key, value } of yaml.entries(node)) {
    if (!known.includes(key))
      ctx.emit({ kind: 'warning', message: `${yaml.file}: ${key} is not understood and has no effect` });
    all.set(key, value);
  }
  return all;
}

function seq(yaml: Yaml, node: Node | undefined): (Node | undefined)[] {
  if (node === undefined || (isScalar(node) && node.value === null)) return [];
  if (!isSeq(node)) throw yaml.error('a list is expected here', node);
  return node.items.map((item) => yaml.resolve(item));
}

function texts(yaml: Yaml, node: Node | undefined): string[] {
  if (isScalar(node) && typeof node.value === 'string') return [node.value];
  return seq(yaml, node).map((item) => {
    const text = one(yaml, item);
    if (text === undefined) throw yaml.error('text is expected here', item);
    return text;
  });
}

function one(yaml: Yaml, node: Node | undefined): string | undefined {
  if (node === undefined || (isScalar(node) && node.value === null)) return undefined;
  if (!isScalar(node)) throw yaml.error('text is expected here', node);
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function mapOf(yaml: Yaml, node: Node | undefined): Map<string, string> {
  const all = new Map<string, string>();
  if (node === undefined) return all;
  for (const { key, value } of yaml.entries(node)) all.set(key, one(yaml, value) ?? '');
  return all;
}
