/** One reference to a variable in a text of a compose file. */
export interface VariableUse {
  readonly name: string;
  /** Taken when the variable is not set (`-`), or is set to nothing (`:-`). */
  readonly fallback: string | undefined;
}

const form =
  /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])((?:[^{}$]|\$\$|\$\{[^{}]*\})*))?\})/g;

/** A text taken apart: with its variables filled in, and what they were. */
export interface Interpolated {
  readonly text: string;
  readonly uses: readonly VariableUse[];
  /** Variables that have neither a value nor a default. */
  readonly unset: readonly string[];
  /** The text is one variable and nothing else, without a default: whose value is that of the variable. */
  readonly alone: string | undefined;
}

/** `${NAME}`, `$NAME`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME:+other}`, and `$$` for a dollar, as compose files have them. */
export function interpolate(
  text: string,
  value: (name: string) => string | undefined,
  depth = 0,
): Interpolated {
  const uses: VariableUse[] = [];
  const unset: string[] = [];
  const result = text.replaceAll(
    form,
    (_whole, dollar?: string, plain?: string, braced?: string, how?: string, word?: string) => {
      if (dollar !== undefined) return '$';
      const name = plain ?? braced ?? '';
      const said = value(name);
      const empty = said === undefined || (how?.startsWith(':') === true && said === '');
      const other = word === undefined || depth > 4 ? (word ?? '') : interpolate(word, value, depth + 1).text;
      const fallback = how?.endsWith('-') === true ? other : undefined;
      uses.push({ name, fallback });
      if (how?.endsWith('+') === true) return empty ? '' : other;
      if (!empty) return said;
      if (fallback === undefined) unset.push(name);
      return fallback ?? '';
    },
  );
  const [only] = uses;
  const bare = /^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*(?::?\?[^{}]*)?\})$/.test(text);
  return { text: result, uses, unset, alone: bare ? only?.name : undefined };
}
