/** What is searched for programs where nothing says so; the same as BuildKit's and Docker's. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of a process, as `NAME=VALUE`: of two values for one name the later counts, and stands where the first stood. What
 * every process has is added: PATH, and HOME when it is missing or empty.
 */
export function environment(assignments: readonly string[], home: string): string[] {
  const all = new Map<string, string>();
  for (const text of assignments) {
    const [name, value] = assignment(text);
    all.set(name, value);
  }
  if (!all.has('PATH')) all.set('PATH', defaultPath);
  if ((all.get('HOME') ?? '') === '') all.set('HOME', home);
  return [...all].map(([name, value]) => `${name}=${value}`);
}

/** `NAME=VALUE` taken apart; without `=` the value is empty. */
export function assignment(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
