/** How often Go source uses what it imports. A scanner, not a parser: it reads source that compiles. */

/** Go source with its comments blanked out; every character stays where it was. */
export function codeOnly(text: string): string {
  return text.replaceAll(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'/g,
    (found) => (/^["`']/.test(found) ? found : blank(found)),
  );
}

/** The names under which a file imports a package; `.` and `_` among them. Empty when it does not. */
export function importNames(code: string, path: string, name: string): string[] {
  const found: string[] = [];
  for (const [clause] of code.matchAll(/^import\s*(?:\([^)]*\)|[^\n;]*)/gm)) {
    for (const [, alias, , quoted] of clause.matchAll(
      /(?:([\p{L}_][\p{L}\p{Nd}_]*|\.)\s+)?(["`])([^"`\n]*)\2/gu,
    ))
      if (quoted === path) found.push(alias === undefined || alias === 'import' ? name : alias);
  }
  return found;
}

export interface Use {
  /** `Sprintf` for `fmt.Sprintf(…)`. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** What is taken of a package that is imported under a name. */
export function usesOf(code: string, name: string): Use[] {
  const bare = code.replaceAll(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'/g, blank);
  const use = new RegExp(`(?<![\\p{L}\\p{Nd}_.])${name}\\s*\\.\\s*([\\p{L}_][\\p{L}\\p{Nd}_]*)`, 'gu');
  return [...bare.matchAll(use)].map(({ 1: used = '', index }) => ({
    name: used,
    line: bare.slice(0, index).split('\n').length,
  }));
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
