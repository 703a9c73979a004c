/** Assignments for a shell to evaluate: a directory put before PATH, and variables. Every value is quoted. */
export function shellLines(
  shell: 'sh' | 'fish',
  pathPrefix: string,
  variables: Readonly<Record<string, string>>,
): string {
  const entries = Object.entries(variables);
  if (shell === 'fish') {
    const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
    return [
      `set -gx PATH ${quote(pathPrefix)} $PATH`,
      ...entries.map(([name, value]) => `set -gx ${name} ${quote(value)}`),
    ].join('\n');
  }
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    `export PATH=${quote(pathPrefix)}"\${PATH:+:$PATH}"`,
    ...entries.map(([name, value]) => `export ${name}=${quote(value)}`),
  ].join('\n');
}
