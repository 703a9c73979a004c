import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digestOf, hexOf } from '../../oci/digest.ts';

/** Joined in this order; all of it is functions. */
const parts = [
  'base',
  'facts',
  'state',
  'lock',
  'container',
  'proxy',
  'pending',
  'confirm',
  'settle',
  'image',
  'service',
] as const;

/** What runs on hosts, and the name that it is kept under there. */
export interface Library {
  readonly text: string;
  /** Hexadecimal digits of its SHA-256. */
  readonly digest: string;
}

/** The scripts host-*.sh beside the program, as one. */
export function readLibrary(): Library {
  const text = parts
    .map((part) => readFileSync(fileURLToPath(new URL(`./host-${part}.sh`, import.meta.url)), 'utf8'))
    .join('\n');
  return { text, digest: hexOf(digestOf(Buffer.from(text))) };
}

/** Begins every script: `$directory` and `$digest` are given, and the library is there, or it ends with 90. */
export const loadLibrary = `library=$directory/scripts/$digest.sh
[ -f "$library" ] || exit 90
. "$library"
`;

/**
 * Finds the directory of records, takes in the library if it is there whole, and says what the host is. Without $install it ends with 90 when it is
 * not; with it, it reads the library from its standard input and keeps it.
 */
export const openScript = `if [ "$(id -u)" = 0 ]; then directory=/var/lib/coracle; else directory=$HOME/.local/state/coracle; fi
library=$directory/scripts/$digest.sh
if [ "$install" = true ]; then
  mkdir -p "$directory/scripts" && cat >"$library.$$" && sync && mv -f "$library.$$" "$library" || {
    rm -f "$library.$$"
    echo "cannot write $library" >&2
    exit 60
  }
fi
[ "$(sha256sum <"$library" 2>/dev/null)" = "$digest  -" ] || exit 90
. "$library"
op_facts
`;
