import { pathToFileURL } from 'node:url';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeZip } from './zip.ts';

/** Files of modules by `path@version`; the go.mod among them. */
export type Modules = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A module proxy in a directory: exact versions only, neither lists nor @latest unless they are put there. The value for GOPROXY. */
export function fileProxy(
  directory: string,
  modules: Modules,
  extra: Readonly<Record<string, string>> = {},
): string {
  const put = (name: string, content: string | Uint8Array): void => {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  for (const [name, files] of Object.entries(modules)) {
    const [module = '', version = ''] = name.split('@');
    put(`${module}/@v/${version}.info`, JSON.stringify({ Version: version, Time: '2024-05-06T07:08:09Z' }));
    put(`${module}/@v/${version}.mod`, files['go.mod'] ?? `module ${module}\n`);
    const entries = Object.entries(files).map(([file, content]) => ({ name: `${name}/${file}`, content }));
    put(`${module}/@v/${version}.zip`, makeZip(entries));
  }
  for (const [name, content] of Object.entries(extra)) put(name, content);
  return pathToFileURL(directory).href;
}
