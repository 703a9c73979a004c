import { isMap, isScalar, type Node } from 'yaml';
import type { Draft } from './draft.ts';
import { at, rawOf, type Scope } from './scope.ts';

/** Names of variables that mostly hold secrets. */
const telling = /PASS|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY|(^|_)DSN$/i;

/** `environment:`, as a list or a map. A variable of the deployer's environment becomes a secret: its value is in no file. */
export function readEnvironment(scope: Scope, draft: Draft, node: Node, key: string): void {
  if (isMap(node)) {
    for (const entry of scope.entries(node)) set(scope, draft, entry.key, entry.value, `${key}.${entry.key}`);
    return;
  }
  for (const item of scope.items(node)) {
    const text = rawOf(scope.yaml, item, key);
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    if (equals < 0) take(draft, name, name);
    else setText(scope, draft, name, text.slice(equals + 1), item, `${key}.${name}`);
  }
}

function set(scope: Scope, draft: Draft, name: string, value: Node | undefined, key: string): void {
  if (value === undefined || (isScalar(value) && value.value === null)) return take(draft, name, name);
  setText(scope, draft, name, rawOf(scope.yaml, value, key), value, key);
}

function setText(scope: Scope, draft: Draft, name: string, raw: string, node: Node, key: string): void {
  const { text, uses, alone } = scope.fill(raw);
  if (alone !== undefined) return take(draft, name, alone);
  // What is put together from a password must not be written down, though `.env` may have it.
  const hidden = uses.filter((use) => use.fallback === undefined || telling.test(use.name));
  if (hidden.length > 0 || (uses.length > 0 && telling.test(name))) {
    take(draft, name, name);
    scope.note(
      'differs',
      node,
      key,
      `it is put together from ${uses.map((use) => use.name).join(', ')}: have the whole value in ${name} when you deploy`,
    );
    return;
  }
  scope.text(node, key, raw);
  delete draft.secrets[name];
  draft.env[name] = text;
  if (telling.test(name) && text !== '' && !name.endsWith('_FILE'))
    scope.note('differs', node, key, 'it looks like a secret and is in the file: better below secrets');
}

function take(draft: Draft, name: string, variable: string): void {
  delete draft.env[name];
  draft.secrets[name] = { env: variable };
}

/** `env_file:`: values are written in, but for those that look like secrets, which come from the deployer's environment. What `environment:` says wins. */
export function readEnvFiles(scope: Scope, draft: Draft, node: Node, key: string): void {
  for (const item of scope.items(node)) {
    const name = scope.text(isMap(item) ? at(scope, item, 'path') : item, key);
    const text = scope.files.get(name);
    if (text === undefined) {
      scope.note('to do', item, key, `${name} is not there: its variables are missing`);
      continue;
    }
    const secret: string[] = [];
    for (const [variable, value] of parseEnvFile(text)) {
      if (Object.hasOwn(draft.env, variable) || Object.hasOwn(draft.secrets, variable)) continue;
      if (telling.test(variable) || /:\/\/[^/@\s]+:[^/@\s]+@/.test(value)) {
        secret.push(variable);
        take(draft, variable, variable);
      } else draft.env[variable] = value;
    }
    if (secret.length > 0) {
      scope.note(
        'differs',
        item,
        key,
        `${secret.join(', ')} of ${name} look like secrets: have them in your environment when you deploy`,
      );
    }
  }
}

/** `NAME=value` lines as Docker reads them: comments, `export`, quotes. */
export function parseEnvFile(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const parts = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!parts) return [];
    const [, name = '', written = ''] = parts;
    const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(written);
    if (!quoted) return [[name, written.replace(/\s+#.*$/, '')]];
    const inner = quoted[2] ?? '';
    return [[name, quoted[1] === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\"', '"') : inner]];
  });
}
