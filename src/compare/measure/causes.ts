import { binaryCauses } from './causes-binary.ts';
import type { Cause, Evidence } from './evidence.ts';
import { listOf, modeOf, placeOf } from './look.ts';
import { bundlePaths, firstOf, zonesOf } from './places.ts';

/** Each looks for one cause; the first that finds it tells. */
export const causes: readonly ((evidence: Evidence) => Promise<Cause | undefined> | Cause | undefined)[] = [
  ...binaryCauses,
  shell,
  otherProgram,
  bundle,
  zones,
  user,
  temporary,
  home,
];

const shells = /^(?:\/(?:usr\/)?(?:local\/)?bin\/)?(?:ba|da|a|z|k)?sh$/;

/** A program that it wants to run, in the words of Go's os/exec, of the C library and of shells. */
function wantedProgram(text: string): string | undefined {
  const forms = [
    /exec: "([^"\n]+)": (?:executable file not found|no such file|stat )/,
    /fork\/exec (\S+): no such file or directory/,
    /(?:^|\s)(\/\S*sh): (?:not found|No such file)/m,
    /\bsh: \d*:? ?([\w./-]+): (?:command )?not found/,
  ];
  for (const form of forms) {
    const found = form.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function shell({ text, looked, program }: Evidence): Cause | undefined {
  const wanted = wantedProgram(text);
  if (!looked || wanted === undefined || !shells.test(wanted)) return undefined;
  const paths = wanted.startsWith('/') ? [wanted] : [`/bin/${wanted}`, `/usr/bin/${wanted}`];
  if (firstOf(looked, paths) !== undefined) return undefined;
  return {
    lacks: 'shell',
    cause: `${program?.path ?? 'The program'} runs ${wanted}, and the image has no such shell.`,
  };
}

function otherProgram({ text, looked, program }: Evidence): Cause | undefined {
  const wanted = wantedProgram(text);
  if (!looked || wanted === undefined || shells.test(wanted)) return undefined;
  const paths = wanted.includes('/')
    ? [wanted]
    : ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((folder) => `${folder}/${wanted}`);
  if (firstOf(looked, paths) !== undefined) return undefined;
  return { cause: `${program?.path ?? 'The program'} runs ${wanted}, which the image does not have.` };
}

const untrusted =
  /x509: (?:certificate signed by unknown authority|failed to load system roots)|unable to get (?:local )?issuer certificate|certificate verify failed|error setting certificate|SSL certificate problem|no CA certificates|system root pool is (?:not available|empty)/i;

function bundle({ text, looked }: Evidence): Cause | undefined {
  if (!looked || !untrusted.test(text)) return undefined;
  const has =
    firstOf(looked, bundlePaths) ??
    ['/etc/ssl/certs', '/etc/pki/tls/certs'].find((folder) => listOf(looked, folder).length > 0);
  if (has === undefined)
    return {
      lacks: 'CA bundle',
      cause: 'The program checks a certificate, and the image has no CA bundle.',
    };
  return {
    cause: `The program does not trust a certificate: its authority is not in the image's CA bundle, ${has}.`,
  };
}

function zones({ text, looked }: Evidence): Cause | undefined {
  const found =
    /unknown time zone ([\w+\-/]+)|time: missing Location|zoneinfo[^\n]*no such file|No time zone found with key ([\w+\-/]+)/i.exec(
      text,
    );
  if (!looked || !found) return undefined;
  const zone = found[1] ?? found[2];
  const place = zonesOf(looked);
  if (place === undefined)
    return {
      lacks: 'time zones',
      cause: `The program asks for ${zone === undefined ? 'a time zone' : `the time zone ${zone}`}, and the image has no time zones.`,
    };
  if (zone === undefined || place.endsWith('.zip') || placeOf(looked, `${place}/${zone}`) !== undefined)
    return undefined;
  return { lacks: 'time zones', cause: `The time zones of the image, ${place}, do not have ${zone}.` };
}

async function user({ text, looked }: Evidence): Promise<Cause | undefined> {
  const found =
    /the image has no (?:user|group) "([^"\n]*)"|user: (?:unknown user(?:id)?|lookup (?:username|userid)) ?"?([\w.-]*)|getpwuid|(?:unknown|no such) user:? ?"?([\w.-]*)|user: Current(?:User)? requires cgo|open \/etc\/passwd: no such file|cannot find name for user ID (\d+)|uid not found: (\d+)/i.exec(
      text,
    );
  if (!looked || !found) return undefined;
  const name = found.slice(1).find((part) => part !== undefined && part !== '');
  const passwd = (await looked.read('/etc/passwd'))?.toString('utf8') ?? '';
  const known = passwd.split('\n').some((line) => {
    const [called, , uid] = line.split(':');
    return name === undefined ? line !== '' : called === name || uid === name;
  });
  if (known) return undefined;
  const whom = name === undefined ? 'users' : `the user ${name}`;
  return {
    lacks: 'user',
    cause:
      passwd === ''
        ? `The program asks for ${whom}, and the image has no /etc/passwd.`
        : `The program asks for ${whom}, and the image's /etc/passwd does not know them.`,
  };
}

const refusals = '(?:no such file or directory|permission denied|read-only file system)';

function temporary({ text, looked }: Evidence): Cause | undefined {
  const found = new RegExp(
    String.raw`(?:/var)?/tmp(?:/[^\s:"']*)?["']?: ${refusals}|no usable temporary directory|cannot create temp`,
    'i',
  ).exec(text);
  if (!looked || !found) return undefined;
  const folder = found[0].startsWith('/var') ? '/var/tmp' : '/tmp';
  const mode = modeOf(looked, folder);
  if (mode === undefined)
    return {
      lacks: 'temporary directory',
      cause: `The program writes to ${folder}, and the image has none.`,
    };
  if ((mode & 0o002) !== 0) return undefined;
  return {
    lacks: 'temporary directory',
    cause: `The program writes to ${folder}, which its user may not write to (mode ${mode.toString(8)}).`,
  };
}

async function home({ text, looked }: Evidence): Promise<Cause | undefined> {
  if (!looked) return undefined;
  const config = looked.config.config ?? {};
  const [name = ''] = (config.User ?? '').split(':');
  const passwd = (await looked.read('/etc/passwd'))?.toString('utf8') ?? '';
  const wanted = name === '' ? '0' : name;
  const line = passwd.split('\n').find((each) => [each.split(':')[0], each.split(':')[2]].includes(wanted));
  const said = (config.Env ?? []).find((each) => each.startsWith('HOME='))?.slice('HOME='.length);
  const place = said ?? line?.split(':')[5] ?? '/';
  const undefinedHome = /\$HOME is not (?:defined|set)|neither \$XDG_\w+ nor \$HOME are defined/i.test(text);
  // Of a home that is the root only hidden files are meant: all else lies somewhere below it.
  const below = place === '/' || place === '' ? String.raw`/+\.` : `${escaped(place.replace(/\/+$/, ''))}/`;
  const refused = new RegExp(String.raw`(?:mkdir|open|stat|create) ${below}[^\s:]*: ${refusals}`, 'i').test(
    text,
  );
  if (!undefinedHome && !refused) return undefined;
  if (place === '/' || place === '')
    return {
      lacks: 'home',
      cause: `The program writes to its home directory, and its user${name === '' ? '' : ` ${name}`} has none in the image.`,
    };
  if (modeOf(looked, place) === undefined)
    return {
      lacks: 'home',
      cause: `The program writes to its home directory, ${place}, which the image does not have.`,
    };
  return undefined;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
