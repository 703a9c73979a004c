import type { OpenPackage } from '../kept-debs.ts';
import type { InstallScript } from '../recipe.ts';

/**
 * The texts that a script writes to files (`cat > FILE <<EOF`), by file without its slash. What a package's own script holds need not be held by us.
 */
export function hereDocuments(own: OpenPackage, script: InstallScript): ReadonlyMap<string, string> {
  const source = own.control.get(script)?.toString('utf8') ?? '';
  const texts = new Map<string, string>();
  const form =
    /^[ \t]*cat >>?\s*"?(?:\$DPKG_ROOT)?\/([\w./-]+)"?\s*<<(-?)'?(\w+)'?[ \t]*\n([\s\S]*?)^(\t*)\3[ \t]*$/gm;
  for (const [, path = '', dash, , body = ''] of source.matchAll(form)) {
    texts.set(path, dash === '-' ? body.replaceAll(/^\t+/gm, '') : body);
  }
  return texts;
}
