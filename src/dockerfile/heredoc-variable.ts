/** A variable as it is kept when nothing is set. */
export interface LexedVariable {
  /** All of it, or its beginning when it is `open`. */
  readonly text: string;
  readonly end: number;
  /** What follows belongs to the variable, up to `stop`; `raw`: with its escape characters. */
  readonly open?: { readonly stop: '}' | '/'; readonly raw: boolean };
}

/** The variable behind the `$` before `at`; undefined for a form that BuildKit's shell lexer does not accept. */
export function readVariable(text: string, at: number): LexedVariable | undefined {
  if (text[at] !== '{') {
    const end = nameEnd(text, at);
    return { text: `$${text.slice(at, end)}`, end };
  }
  at++;
  if (at >= text.length || '{}:'.includes(text.charAt(at))) return undefined;
  const end = nameEnd(text, at);
  const head = `\${${text.slice(at, end)}`;
  const sign = text.charAt(end);
  switch (sign) {
    case '}':
      return { text: `${head}}`, end: end + 1 };
    case '/': {
      // Of `//`, only one is kept.
      const all = text[end + 1] === '/' ? 1 : 0;
      return { text: `${head}/`, end: end + 1 + all, open: { stop: '/', raw: true } };
    }
    case ':': {
      // Any character is taken here while the variable is not set, but not these two.
      const next = String.fromCodePoint(text.codePointAt(end + 1) ?? 0xfffd);
      if (next === '#' || next === '%') return undefined;
      return { text: `${head}:${next}`, end: end + 1 + next.length, open: { stop: '}', raw: false } };
    }
    case '+':
    case '-':
    case '?':
    case '#':
    case '%':
      return {
        text: head + sign,
        end: end + 1,
        open: { stop: '}', raw: sign === '#' || sign === '%' },
      };
    default:
      return undefined;
  }
}

/** Where the name of a variable ends: letters, digits and `_`, or digits only, or one special character. */
function nameEnd(text: string, at: number): number {
  const digits = sticky(/\p{Nd}+/uy, text, at);
  if (digits > at) return digits;
  if (at < text.length && '@*#?-$!'.includes(text.charAt(at))) return at + 1;
  return sticky(/[\p{L}\p{Nd}_]+/uy, text, at);
}

function sticky(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
