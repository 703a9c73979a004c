import type { Entry } from '../../layer/entry.ts';
import type { Binary } from '../../golang/binary/read.ts';
import { chooseBase, explainBase } from '../choose.ts';
import type { BaseChoice, BasePart } from '../choose.ts';
import { isMusl } from '../library-path.ts';
import { fileEntry, root } from '../parts/entry.ts';
import { caPath } from '../parts/ca.ts';
import { hostFunctions, mentioner, userFunctions } from './at-run-time.ts';
import type { ExactOptions } from './exact.ts';
import type { Picked } from './loader.ts';

type Reason = { readonly part: string; readonly why: string };

export interface ChosenFiles {
  readonly choice: BaseChoice;
  readonly entries: readonly Entry[];
  readonly reasons: readonly Reason[];
}

/** Libraries that check certificates against the system's. */
const verifying = /^lib(?:ssl|crypto|gnutls|curl|curl-gnutls|mbedtls|nss3|wolfssl)\.so/;

/**
 * What C libraries look up without a nsswitch.conf differs between versions, and some of it asks for modules that are not here. Go
 * without C reads the same file.
 */
const nsswitch = 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n';

/** The files that are no library: those of the `auto` base for this program, and what its C libraries read. */
export function chooseFiles(binary: Binary, picked: Picked, options: ExactOptions): ChosenFiles {
  const { env, extraCa = [], mtime } = options;
  const { libraries } = picked;
  const choice = chooseBase(needsOf(binary), { wanted: 'auto', env, extraCa: extraCa.length > 0 });
  const reasons = [...choice.reasons];
  const add = (part: BasePart, why: string): void => {
    if (!reasons.some((reason) => reason.part === part)) reasons.push({ part, why });
  };
  const verifies = libraries.find(({ name }) => verifying.test(name))?.name;
  if (verifies !== undefined) add('ca', `${verifies} checks certificates`);
  const asksUsers = mentioner(binary, libraries, userFunctions);
  if (libraries.length > 0 || binary.interpreter !== undefined)
    add('users', asksUsers === undefined ? 'name the user that it runs as' : `${asksUsers} looks users up`);
  const parts: readonly BasePart[] = ['ca', 'zoneinfo', 'users', 'home', 'tmp'];
  const whole: BaseChoice = {
    ...choice,
    parts: parts.filter((part) => reasons.some((reason) => reason.part === part)),
    reasons,
  };
  const openssl = libraries.some(({ name }) => name.startsWith('libcrypto.so'));
  const { entry, told } = nameService(binary, picked, mtime);
  return {
    choice: whole,
    entries: [...(openssl ? opensslLinks(isMusl(binary.interpreter ?? ''), mtime) : []), ...entry],
    reasons: [...explained(whole), ...told, ...leftOut(binary, picked)],
  };
}

/**
 * A program that no Go compiler made keeps no names of what it can use; its dynamic symbols say what of it matters. One that is Go's
 * but cannot be read is asked nothing, and gets everything.
 */
function needsOf(binary: Binary): Pick<Binary, 'functionsKnown' | 'hasFunction' | 'links'> {
  if (binary.functionsKnown || binary.goVersion !== undefined) return binary;
  const makesFiles = ['mkstemp', 'mkstemp64', 'tmpfile', 'tmpfile64', 'mkdtemp', 'tmpnam'];
  return {
    functionsKnown: true,
    hasFunction: (name) => name === 'os.TempDir' && makesFiles.some((one) => binary.mentions(one)),
    links: () => false,
  };
}

function explained(choice: BaseChoice): Reason[] {
  return explainBase(choice).map((line) => {
    const colon = line.indexOf(': ');
    return { part: line.slice(0, colon), why: line.slice(colon + 2) };
  });
}

function nameService(binary: Binary, picked: Picked, mtime: number): { entry: Entry[]; told: Reason[] } {
  const glibc = picked.libraries.some(({ name }) => name === 'libc.so.6');
  const asker = mentioner(binary, picked.libraries, [...hostFunctions, ...userFunctions]);
  if (!glibc || asker === undefined) return { entry: [], told: [] };
  const why = `${asker} looks names up; glibc then asks only what is here: files and DNS`;
  return {
    entry: [fileEntry('etc/nsswitch.conf', nsswitch, mtime)],
    told: [{ part: 'nsswitch.conf', why }],
  };
}

/** Where OpenSSL of Debian and of Alpine looks when nothing else is said. */
function opensslLinks(musl: boolean, mtime: number): Entry[] {
  const link = (path: string, linkName: string): Entry => ({
    ...{ path, linkName, type: 'symlink', mode: 0o777, ...root, mtime, size: 0 },
  });
  if (musl) return [link('etc/ssl/cert.pem', 'certs/ca-certificates.crt')];
  return [link('usr/lib/ssl/cert.pem', `/${caPath}`), link('usr/lib/ssl/certs', '/etc/ssl/certs')];
}

/** What could be missed, said before it is. */
function leftOut(binary: Binary, { libraries }: Picked): Reason[] {
  const opens = mentioner(binary, libraries, ['dlopen']);
  // Of libstdc++ only what few programs use, so that it would be said of all of them.
  const others = libraries.filter(({ name }) => !name.startsWith('libstdc++.'));
  const converts = mentioner(binary, others, ['iconv_open']);
  return [
    ...(opens === undefined
      ? []
      : [{ part: 'no plug-ins', why: `${opens} can load libraries by name; only those listed are here` }]),
    ...(converts === undefined || !libraries.some(({ name }) => name === 'libc.so.6')
      ? []
      : [
          {
            part: 'no gconv',
            why: `${converts} can convert texts; UTF-8, UCS-2, UCS-4 and ASCII are built in`,
          },
        ]),
  ];
}
