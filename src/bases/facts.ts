import { debianPackagesFor } from '../base/exact/debian-names.ts';
import { chooseBase, explainBase } from '../base/choose.ts';
import { isMusl } from '../base/library-path.ts';
import type { Binary } from '../golang/binary/read.ts';
import type { BaseFacts } from './decide.ts';

/**
 * What leads to libraries or data that nobody can read from a program: plug-ins, converters of texts, and databases of names besides
 * hosts, users and groups, for which glibc asks services that are installed.
 */
const beyondExact = [
  'dlopen',
  'iconv_open',
  ...['innetgr', 'setnetgrent', 'getnetbyname', 'getspnam', 'getspnam_r', '__nss_configure_lookup'],
];

/** What the tree of decisions asks of a compiled program. */
export function factsOf(binary: Binary, env: Readonly<Record<string, string | undefined>> = {}): BaseFacts {
  const { interpreter, needed } = binary;
  const beyond = binary.static ? undefined : beyondExact.find((name) => binary.mentions(name));
  const choice = chooseBase(binary, { wanted: 'auto', env });
  return {
    static: binary.static,
    ...(interpreter !== undefined && { libc: isMusl(interpreter) ? 'musl' : 'glibc' }),
    libraries: needed,
    unknown: debianPackagesFor(binary, () => true).unknown,
    ...(beyond !== undefined && { beyond }),
    parts: explainBase(choice).map((line) => line.replace(/:.*/, '')),
  };
}
