import path from 'node:path';
import type { SecretsConfig } from '../../config/deploy.ts';
import type { Secret } from '../types.ts';
import type { Keys, Reader } from './reader.ts';

/** Where each secret is; nothing is read. @throws ToolError CONFIG_INVALID */
export function secretsOf(
  reader: Reader,
  keys: Keys,
  secrets: SecretsConfig | undefined,
  env: Readonly<Record<string, string>>,
): readonly Secret[] {
  const all = isList(secrets)
    ? secrets.map((name, index): [Keys, Secret] => [[...keys, index], { name, from: { env: name } }])
    : Object.keys(secrets ?? {}).map((name): [Keys, Secret] => [
        [...keys, name],
        { name, from: fromOf(reader, [...keys, name], secrets?.[name] ?? {}, name) },
      ]);
  const seen = new Set(Object.keys(env));
  for (const [at, { name }] of all) {
    if (seen.has(name)) throw reader.fail(at, `${name} is given twice: here and in env or secrets`);
    seen.add(name);
  }
  return all.map(([, secret]) => secret);
}

function isList(secrets: SecretsConfig | undefined): secrets is readonly string[] {
  return Array.isArray(secrets);
}

function fromOf(
  reader: Reader,
  keys: Keys,
  said: { readonly env?: string; readonly file?: string; readonly command?: string | readonly string[] },
  name: string,
): Secret['from'] {
  const { env, file, command } = said;
  const given = [env, file, command].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw reader.fail(
      keys,
      given.length === 0 ? 'it does not say where its value is' : 'it says twice where its value is',
      `Write ${name}: {env: ${name}}, {file: PATH} or {command: "…"}; in an environment, null takes away what is below.`,
    );
  }
  if (env !== undefined) return { env };
  if (file !== undefined) return { file: path.resolve(reader.loaded.directory, file) };
  return { command: reader.command([...keys, 'command'], command ?? '') };
}
