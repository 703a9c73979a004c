import { ToolError } from '../../../core/errors.ts';
import type { Remote } from '../../../remote/types.ts';

/** What a server is before anything is done to it. Words of its own, not checked further than that they are harmless. */
export interface ServerFacts {
  readonly user: string;
  readonly root: boolean;
  /** Whether the user may do things as root without a password. */
  readonly sudo: boolean;
  /** `debian`, `ubuntu` …, and what else it is like. */
  readonly os: readonly string[];
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly osName: string;
  readonly docker: RuntimeFacts;
  /** The user has a Docker of its own. */
  readonly rootlessDocker: boolean;
  readonly podman: RuntimeFacts;
  /** Text of /etc/docker/daemon.json; empty when there is none. */
  readonly daemonJson: string;
  /** Words of the running daemon's command line. */
  readonly daemonFlags: readonly string[];
  readonly swarm: boolean;
  readonly groups: readonly string[];
  readonly lingers: boolean;
  readonly systemd: boolean;
  /** systemd starts at boot what Podman is to keep running. */
  readonly podmanAtBoot: boolean;
  readonly subordinateIds: boolean;
  /** Lowest port that an ordinary user may listen on. */
  readonly unprivilegedPort: number;
  /** Programs that our scripts use and that are not there. */
  readonly missing: readonly string[];
  /** `PORT ADDRESS` of what listens on more than loopback. */
  readonly listening: readonly { readonly port: number; readonly address: string }[];
  readonly firewall: 'none' | 'ufw' | 'ufw off' | 'nft' | 'unknown';
  readonly timeSynced: 'yes' | 'no' | 'unknown';
  readonly unattendedUpgrades: boolean;
  readonly rebootWanted: boolean;
  /** Bytes. */
  readonly memory: number;
  readonly swap: number;
  readonly free: number;
  /** What sshd says of `allowtcpforwarding` and the like; empty when it cannot be asked. */
  readonly sshd: Readonly<Record<string, string>>;
}

export interface RuntimeFacts {
  readonly installed: boolean;
  /** Empty when it does not answer the user. */
  readonly version: string;
  /** It runs, though perhaps not for this user. */
  readonly running: boolean;
}

/** Lines of a name and a value. Each look may fail: what is not known is not said. */
const script = `
have() { command -v "$1" >/dev/null 2>&1; }
PATH=$PATH:/usr/sbin:/sbin
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
echo "user $(id -un)"
[ "$(id -u)" != 0 ] || echo 'root yes'
if have sudo && sudo -n true 2>/dev/null; then echo 'sudo yes'; fi
( . /etc/os-release && echo "os $ID $ID_LIKE" && echo "osname $PRETTY_NAME" ) 2>/dev/null
echo "groups $(id -nG)"
if have docker && ! docker --version 2>/dev/null | grep -qi podman; then
  echo 'docker yes'
  echo "dockerversion $(docker version --format '{{.Server.Version}}' 2>/dev/null)"
  [ "$(docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null)" != active ] || echo 'swarm yes'
fi
if [ -S "/run/user/$(id -u)/docker.sock" ]; then echo 'rootlessdocker yes'; fi
if have dockerd || [ -S /run/docker.sock ]; then echo 'dockerd yes'; fi
pid=$(cat /run/docker.pid /var/run/docker.pid 2>/dev/null | head -n 1)
case $pid in '' | *[!0-9]*) ;; *) [ ! -r "/proc/$pid/cmdline" ] || { echo 'dockerruns yes'; echo "daemonflags $(tr '\\0' ' ' <"/proc/$pid/cmdline")"; } ;; esac
if have podman; then
  echo 'podman yes'
  echo "podmanversion $(podman version --format '{{.Client.Version}}' 2>/dev/null)"
fi
[ ! -f /etc/docker/daemon.json ] || echo "daemonjson $(as_root head -c 65536 /etc/docker/daemon.json 2>/dev/null | base64 | tr -d '\\n')"
[ ! -d /run/systemd/system ] || echo 'systemd yes'
[ ! -e "/var/lib/systemd/linger/$(id -un)" ] || echo 'lingers yes'
if grep -q "^$(id -un):" /etc/subuid 2>/dev/null && grep -q "^$(id -un):" /etc/subgid 2>/dev/null; then echo 'subids yes'; fi
if [ "$(id -u)" = 0 ]; then
  ! systemctl is-enabled --quiet podman-restart 2>/dev/null || echo 'atboot yes'
elif systemctl --user is-enabled --quiet podman-restart 2>/dev/null || systemctl --global is-enabled --quiet podman-restart 2>/dev/null; then
  echo 'atboot yes'
fi
echo "unprivileged $(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)"
for tool in awk df flock mktemp setsid sha256sum sync timeout; do have "$tool" || echo "missing $tool"; done
awk 'FNR > 1 && $4 == "0A" { print "listens", $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u | head -n 200
if have ufw; then
  case $(as_root ufw status 2>/dev/null) in *inactive*) echo 'firewall ufw off' ;; *active*) echo 'firewall ufw' ;; *) echo 'firewall unknown' ;; esac
elif have nft; then
  case $(as_root nft list ruleset 2>/dev/null) in *'hook input'*) echo 'firewall nft' ;; *) if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo 'firewall none'; else echo 'firewall unknown'; fi ;; esac
else echo 'firewall none'; fi
if have timedatectl; then echo "synced $(timedatectl show -p NTPSynchronized --value 2>/dev/null)"; fi
if have chronyc && chronyc -n tracking 2>/dev/null | grep -q 'Leap status *: Normal'; then echo 'synced yes'; fi
if [ -f /etc/apt/apt.conf.d/20auto-upgrades ] && grep -q 'Unattended-Upgrade "1"' /etc/apt/apt.conf.d/20auto-upgrades; then echo 'upgrades yes'; fi
[ ! -f /run/reboot-required ] || echo 'reboot yes'
awk '/^MemTotal:/ { print "memory", $2 } /^SwapTotal:/ { print "swap", $2 }' /proc/meminfo
df -Pk /var/lib 2>/dev/null | awk 'NR == 2 { print "free", $4 }'
as_root sshd -T 2>/dev/null | awk '/^(allowtcpforwarding|allowstreamlocalforwarding|maxsessions|disableforwarding) / { print "sshd", $1, $2 }'
:
`;

/** Looks at a server; changes nothing. @throws ToolError HOST_UNREACHABLE, HOST_UNFIT when it does not answer as Linux does */
export async function lookAtServer(remote: Remote): Promise<ServerFacts> {
  const exit = await remote.run(script, { timeout: 60_000 });
  const facts = readServerFacts(exit.stdout);
  if (facts) return facts;
  throw new ToolError('HOST_UNFIT', `${remote.host.name} does not answer as a Linux server does`, {
    detail: exit.stderr.slice(0, 2000),
  });
}

/** What the script printed. Undefined when it is something else. */
export function readServerFacts(text: string): ServerFacts | undefined {
  const lines = text.slice(0, 262_144).split('\n');
  const all = (name: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1).trim()] : []));
  const one = (name: string): string => all(name)[0] ?? '';
  const yes = (name: string): boolean => one(name) === 'yes';
  const kib = (name: string): number => (/^\d{1,15}$/.test(one(name)) ? Number(one(name)) * 1024 : 0);
  const user = one('user');
  if (!/^[A-Za-z0-9_][\w.@-]{0,63}$/.test(user)) return undefined;
  const firewall = one('firewall');
  return {
    user,
    root: yes('root'),
    sudo: yes('sudo'),
    os: words(one('os')),
    osName: printable(one('osname')) || 'Linux',
    docker: {
      installed: yes('docker') && yes('dockerd'),
      version: version(one('dockerversion')),
      running: yes('dockerruns') || version(one('dockerversion')) !== '',
    },
    rootlessDocker: yes('rootlessdocker'),
    podman: { installed: yes('podman'), version: version(one('podmanversion')), running: yes('podman') },
    daemonJson: Buffer.from(one('daemonjson'), 'base64').toString(),
    daemonFlags: words(one('daemonflags')),
    swarm: yes('swarm'),
    groups: words(one('groups')),
    lingers: yes('lingers'),
    systemd: yes('systemd'),
    podmanAtBoot: yes('atboot'),
    subordinateIds: yes('subids'),
    unprivilegedPort: Number(/^\d{1,5}$/.exec(one('unprivileged'))?.[0] ?? 1024),
    missing: all('missing').filter((tool) => /^[a-z0-9]{1,20}$/.test(tool)),
    listening: publicPorts(all('listens')),
    firewall: isFirewall(firewall) ? firewall : 'unknown',
    timeSynced: all('synced').includes('yes') ? 'yes' : one('synced') === 'no' ? 'no' : 'unknown',
    unattendedUpgrades: yes('upgrades'),
    rebootWanted: yes('reboot'),
    memory: kib('memory'),
    swap: kib('swap'),
    free: kib('free'),
    sshd: Object.fromEntries(all('sshd').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? ''])),
  };
}

function isFirewall(text: string): text is ServerFacts['firewall'] {
  return ['none', 'ufw', 'ufw off', 'nft', 'unknown'].includes(text);
}

const loopback = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/;
const everywhere = /^0+$/;

/** Of lines such as `0100007F:1F90`, those that are not of loopback. */
function publicPorts(lines: readonly string[]): ServerFacts['listening'] {
  const found = new Map<number, string>();
  for (const line of lines) {
    const [, address = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(line) ?? [];
    if (address === '' || loopback.test(address)) continue;
    const number = Number.parseInt(port, 16);
    if (!found.has(number) || everywhere.test(address))
      found.set(number, everywhere.test(address) ? 'all addresses' : 'one address');
  }
  return [...found].map(([port, address]) => ({ port, address })).toSorted((a, b) => a.port - b.port);
}

function words(text: string): string[] {
  return printable(text)
    .split(' ')
    .filter((word) => word !== '');
}

function version(text: string): string {
  return /^\d[\w.+~:-]{0,60}$/.exec(text)?.[0] ?? '';
}

function printable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E\u00A0-\u024F]/g, '').slice(0, 4000);
}
