/**
 * The package in a linker's symbol name, as it stands there (escaped: no dot after the last slash); '' when it names none. An
 * instantiation `slices.SortFunc[go.shape.int]` belongs to the package that defines the generic function, `slices`. The equality
 * and hash functions of a named type (`type:.eq.net/http.http2FrameHeader`) belong to its package.
 */
export function packageOfSymbol(name: string): string {
  const bracket = name.indexOf('[');
  const plain = bracket < 0 ? name : name.slice(0, bracket);
  if (plain.startsWith('type:') || plain.startsWith('type.')) return packageOfType(plain.slice(5));
  if (plain.startsWith('go:') || plain.startsWith('go.shape.')) return '';
  const paren = plain.indexOf('(');
  const upTo = paren < 0 ? plain : plain.slice(0, paren);
  const dot = upTo.indexOf('.', upTo.lastIndexOf('/') + 1);
  const found = dot < 0 ? '' : upTo.slice(0, dot);
  return isPackage(found) ? found : '';
}

/** Of `.eq.net/http.T`; composed types (`[2]string`, `struct {…}`, `func()`) are of no package. */
function packageOfType(type: string): string {
  const named = /^\.(?:eq|hash)\.(.*)$/s.exec(type)?.[1];
  return named === undefined || named === '' || /[\s{}()*]/.test(named) ? '' : packageOfSymbol(named);
}

/** `go` was the pseudo-package of the compiler before Go 1.20; a path has no blanks or braces. */
function isPackage(path: string): boolean {
  return path !== 'go' && path !== 'type' && path !== 'gclocals·' && !/[\s{};,"*$<>]/.test(path);
}

/** The import path as in source: `gopkg.in/yaml.v3` of `gopkg.in/yaml%2ev3`. */
export function unescapePath(path: string): string {
  if (!path.includes('%')) return path;
  const bytes = path.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
  // The escapes are bytes of UTF-8; everything else in a path is ASCII.
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
