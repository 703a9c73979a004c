/** Why the linker keeps every method: the functions that look methods up by name, and how main reaches them. */

/** A function that looks up a method by a name or number that the compiler does not know. */
export interface MethodLookup {
  /** The function's symbol. */
  readonly name: string;
  /** Symbols from main.main (or what else starts it) to the function, itself included. */
  readonly chain: readonly string[];
}

/** Flags that the linker puts behind a symbol's name. */
const flags = /(?: (?:<\w+>)+)?$/;
const arrow = ' -> ';
/** Longer chains than any program has. */
const longest = 1000;

/**
 * Reads the linker's reasons (`-dumpdep`): one line `parent -> child` for each symbol at the time it is first reached. So a symbol's
 * parent was reached in an earlier line, and one look at all lines from the end finds the way of each marked function back to main.
 */
export function methodLookups(text: Buffer): MethodLookup[] {
  const marked: string[] = [];
  const parents = new Map<string, string>();
  const wanted = new Set<string>();
  for (const line of linesFromEnd(text)) {
    const at = line.lastIndexOf(arrow);
    if (at < 0) continue;
    const written = line.slice(at + arrow.length);
    const lookup = written.endsWith('<ReflectMethod>');
    const child = written.replace(flags, '');
    if (!lookup && !wanted.has(child)) continue;
    if (lookup) marked.push(child);
    const parent = line.slice(0, at).replace(flags, '');
    parents.set(child, parent);
    wanted.add(parent);
  }
  return marked.reverse().map((name) => ({ name, chain: chainOf(name, parents) }));
}

function* linesFromEnd(text: Buffer): Generator<string> {
  for (let end = text.length; end > 0;) {
    const start = text.lastIndexOf(0x0a, end - 1) + 1;
    yield text.toString('latin1', start, end);
    end = start - 1;
  }
}

function chainOf(name: string, parents: ReadonlyMap<string, string>): string[] {
  const chain = [name];
  for (let at = parents.get(name); at !== undefined && at !== '_'; at = parents.get(at)) {
    chain.push(at);
    if (at === 'main.main' || chain.length > longest) break;
  }
  return chain.reverse();
}

/** The import path in a symbol: `gopkg.in/yaml.v3` of `gopkg.in/yaml%2ev3.(*decoder).scalar`. */
export function packageOfSymbol(symbol: string): string {
  const slash = symbol.slice(0, symbol.search(/[([]|$/)).lastIndexOf('/');
  const dot = symbol.indexOf('.', slash + 1);
  return dot < 0
    ? symbol
    : symbol
        .slice(0, dot)
        .replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
