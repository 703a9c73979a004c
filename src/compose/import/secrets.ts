import { isMap, type Node } from 'yaml';
import type { Draft } from './draft.ts';
import { at, type Scope } from './scope.ts';

/** `secrets:` of a service are files in the container; here they are variables, so the program must read them there. */
export function readSecrets(
  scope: Scope,
  draft: Draft,
  node: Node,
  key: string,
  top: Node | undefined,
): void {
  for (const item of scope.items(node)) {
    const source = scope.text(isMap(item) ? at(scope, item, 'source') : item, key);
    const declared = at(scope, top, source);
    const [file, variable] = [at(scope, declared, 'file'), at(scope, declared, 'environment')];
    const path = `/run/secrets/${source}`;
    // A program that takes NAME_FILE mostly takes NAME too.
    const pointing = Object.entries(draft.env).find(
      ([name, value]) => name.endsWith('_FILE') && value === path,
    )?.[0];
    const name = pointing?.replace(/_FILE$/, '') ?? source.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
    if (!file && !variable) {
      scope.note(
        'left out',
        item,
        key,
        `${source} is kept by Docker: give it below deploy.secrets, from a file or a command`,
      );
      continue;
    }
    if (pointing !== undefined) delete draft.env[pointing];
    draft.secrets[name] = file ? { file: scope.text(file, key) } : { env: scope.text(variable, key) };
    scope.note(
      'differs',
      item,
      key,
      `the program gets it in the variable ${name}, not in the file ${path}${pointing === undefined ? '' : `, and no ${pointing}`}`,
    );
  }
}

/** `security_opt:` */
export function readSecurity(scope: Scope, draft: Draft, node: Node, key: string): void {
  for (const item of scope.items(node)) {
    const option = scope.text(item, key);
    if (/^no-new-privileges([:=]true)?$/.test(option)) draft.noNewPrivileges = true;
    else if (!/^no-new-privileges[:=]false$/.test(option))
      scope.note('left out', item, key, `the security option ${option}`);
  }
}
