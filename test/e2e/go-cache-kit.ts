/** Projects in Go, a module proxy for them, and builds of their Dockerfiles as a user runs them. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../src/core/exec.ts';
import { storedZip } from '../base/zip-maker.ts';
import { goCommand } from '../components/go.ts';
import type { ModuleProxy } from '../components/module-proxy.ts';
import { tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracle } from './coracle.ts';
import { digestOf, type BuildDocument } from './project.ts';

/** Serves `example.com/dep@version`, a package whose `Say` returns `text`. */
export function serveDep(proxy: ModuleProxy, text: string, version = 'v1.0.0'): void {
  const at = `example.com/dep/@v/${version}`;
  const mod = 'module example.com/dep\n\ngo 1.24\n';
  const top = `example.com/dep@${version}`;
  proxy.put(`${at}.info`, JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' }));
  proxy.put(`${at}.mod`, mod);
  proxy.put(
    `${at}.zip`,
    storedZip({
      [`${top}/go.mod`]: mod,
      [`${top}/dep.go`]: `package dep\n\nfunc Say() string { return ${JSON.stringify(text)} }\n`,
    }),
  );
}

const plain = 'package main\n\nfunc main() { println("one") }\n';
const dependent = `package main

import "example.com/dep"

func main() { println("one", dep.Say()) }
`;

/** A program in Go in a directory of its own; with `proxy` it needs `example.com/dep`. */
export async function goProject(
  files: Readonly<Record<string, string>>,
  proxy?: ModuleProxy,
): Promise<string> {
  const directory = path.join(tempDir(), 'project');
  const need = proxy ? '\nrequire example.com/dep v1.0.0\n' : '';
  const all = {
    'go.mod': `module example.com/app\n\ngo 1.24\n${need}`,
    'go.sum': '',
    'main.go': proxy ? dependent : plain,
  };
  for (const [name, content] of Object.entries({ ...all, ...files })) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  }
  if (proxy) {
    await goCommand(['mod', 'tidy'], {
      cwd: directory,
      env: {
        GOPROXY: proxy.url,
        GOSUMDB: 'off',
        GOFLAGS: '-modcacherw',
        GOMODCACHE: path.join(tempDir(), 'mod'),
      },
    });
  }
  return directory;
}

export interface Built {
  readonly digest: string;
  /** The files of the image. */
  readonly tree: string;
  /** What the build said while it worked. */
  readonly said: string;
}

export interface Builder {
  readonly home: string;
  /** @throws when the build fails, with all it said */
  build(directory: string, ...args: string[]): Promise<Built>;
  /** Builds as it is, and with --no-go-cache, and fails unless both give the same image. */
  same(directory: string, ...args: string[]): Promise<Built>;
  /** All files that are kept of Go's caches, relative. */
  kept(): string[];
  /** What the program in a tree prints. */
  output(built: Built, file?: string): Promise<string>;
}

/** @param base the named context `go` */
export function builder(base: string, proxy: ModuleProxy, home: string): Builder {
  const caches = path.join(home, 'store/cache-mounts');
  const build: Builder['build'] = async (directory, ...args) => {
    const tree = path.join(tempDir(), 'tree');
    const exit = await coracle(
      [
        ...[
          'build',
          '-f',
          path.join(directory, 'Dockerfile'),
          '--json',
          '--progress',
          'plain',
          '--build-context',
          base,
        ],
        ...['--build-arg', `GOPROXY=${proxy.url}`, '-o', `type=local,dest=${tree}`, ...args, directory],
      ],
      { env: { CORACLE_HOME: home } },
    );
    if (exit.code !== 0) throw new Error(`exit ${exit.code}\n${exit.stderr}`);
    return { digest: digestOf(parseJson<BuildDocument>(exit.stdout)), tree, said: exit.stderr };
  };
  return {
    home,
    build,
    same: async (directory, ...args) => {
      const without = await build(directory, '--no-go-cache', ...args);
      const built = await build(directory, ...args);
      if (built.digest !== without.digest)
        throw new Error(`${built.digest} with, ${without.digest} without\n${built.said}\n${without.said}`);
      return built;
    },
    kept: () => (existsSync(caches) ? readdirSync(caches, { recursive: true, encoding: 'utf8' }) : []),
    output: async ({ tree }, file = 'app') => {
      const { stderr } = await run(
        { argv: [path.join(tree, file)], env: {}, cwd: '/' },
        new AbortController().signal,
      );
      return stderr.trim();
    },
  };
}

/** Changes one line of the program. */
export function change(directory: string, from: string, to: string, file = 'main.go'): void {
  const place = path.join(directory, file);
  const text = readFileSync(place, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(place, text.replaceAll(from, to));
}

/** A copy of a project at another place. */
export function another(directory: string): string {
  const copy = path.join(tempDir(), 'project');
  cpSync(directory, copy, { recursive: true });
  return copy;
}
