/** A module that went into a program. `version` is `(devel)` for a main module without one. */
export interface BuildModule {
  readonly path: string;
  readonly version: string;
  /** `h1:…`; absent for main modules and replacements by a folder. */
  readonly sum?: string;
  /** What go.mod put in its place. */
  readonly replace?: BuildModule;
}

/** What Go's `debug.BuildInfo` says of a program: from which modules and with which settings it was built. */
export interface BuildInfo {
  /** `go1.26.8`, possibly with experiments behind it. */
  readonly goVersion: string;
  /** Import path of the main package. */
  readonly path?: string;
  readonly main?: BuildModule;
  readonly deps: readonly BuildModule[];
  /** `-ldflags`, `CGO_ENABLED`, `GOARCH`, `vcs.revision` and so on, in the linker's order. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Parses the text that Go keeps in a program: lines of a word, a tab and fields. Lines that it does not know are passed over. */
export function parseModuleInfo(goVersion: string, text: string): BuildInfo {
  let path: string | undefined;
  let main: BuildModule | undefined;
  const deps: BuildModule[] = [];
  const settings = new Map<string, string>();
  // A replacement's line follows the line of the module that it replaces.
  let replaced: 'main' | 'dep' | undefined;
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t');
    const word = line.slice(0, Math.max(tab, 0));
    const rest = line.slice(tab + 1);
    if (word === 'path') path = rest;
    else if (word === 'build') addSetting(settings, rest);
    else if (word === 'mod') [main, replaced] = [parseModule(rest), 'main'];
    else if (word === 'dep') {
      deps.push(parseModule(rest));
      replaced = 'dep';
    } else if (word === '=>') {
      const last = deps.at(-1);
      if (replaced === 'main' && main) main = { ...main, replace: parseModule(rest) };
      else if (replaced === 'dep' && last) deps[deps.length - 1] = { ...last, replace: parseModule(rest) };
    }
  }
  return {
    goVersion,
    ...(path === undefined ? {} : { path }),
    ...(main ? { main } : {}),
    deps,
    settings: Object.fromEntries(settings),
  };
}

function parseModule(fields: string): BuildModule {
  const [path = '', version = '', sum = ''] = fields.split('\t');
  return { path, version, ...(sum === '' ? {} : { sum }) };
}

function addSetting(settings: Map<string, string>, text: string): void {
  const quotedKey = text.startsWith('"') || text.startsWith('`') ? quotedLength(text) : 0;
  const equals = text.indexOf('=', quotedKey);
  if (equals < 0) return;
  settings.set(unquote(text.slice(0, equals)), unquote(text.slice(equals + 1)));
}

/** Length of the Go string literal that `text` starts with, quotes included; 0 when it does not end. */
function quotedLength(text: string): number {
  if (text.startsWith('`')) return text.indexOf('`', 1) + 1;
  return /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0].length ?? 0;
}

const plainEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The value of a Go string literal; any other text is its own value. */
function unquote(text: string): string {
  if (text.length < 2 || quotedLength(text) !== text.length) return text;
  const inner = text.slice(1, -1);
  if (text.startsWith('`')) return inner;
  return inner.replaceAll(/\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[0-7]{3}|.)/gi, (escape) => {
    const [, kind = '', ...digits] = escape;
    if (digits.length === 0) return plainEscapes[kind] ?? kind;
    const octal = kind >= '0' && kind <= '7';
    const point = octal ? Number.parseInt(kind + digits.join(''), 8) : Number.parseInt(digits.join(''), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  });
}
