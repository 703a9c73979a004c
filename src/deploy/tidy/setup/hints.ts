import type { ServerFacts } from './facts.ts';

/** Bytes. */
const littleMemory = 2e9;
const littleRoom = 5e9;

/** What should be known of a server, and is its owner's business. */
export function hintsOf(
  facts: ServerFacts,
  runtime: 'docker' | 'podman',
  ports: readonly number[],
): string[] {
  return [
    ...firewallHints(facts, runtime, ports),
    ...sshHints(facts),
    ...(facts.timeSynced === 'no'
      ? ['Its clock is not synchronised; journals and logs show its times: timedatectl set-ntp true.']
      : []),
    ...(facts.unattendedUpgrades
      ? []
      : ['Security updates are not installed by themselves: apt-get install unattended-upgrades.']),
    ...(facts.rebootWanted ? ['It waits for a reboot, for updates that were installed.'] : []),
    ...(facts.swap === 0 && facts.memory > 0 && facts.memory < littleMemory
      ? [
          'It has little memory and no swap: two releases run beside each other during a deploy. Set resources.memory.',
        ]
      : []),
    ...(facts.free > 0 && facts.free < littleRoom
      ? [`Only ${(facts.free / 1e9).toFixed(1)} GB are free below /var/lib: images and logs are kept there.`]
      : []),
  ];
}

function firewallHints(
  { firewall, listening }: ServerFacts,
  runtime: 'docker' | 'podman',
  ports: readonly number[],
): string[] {
  const open = listening.map(({ port }) => port);
  const others = open.filter((port) => port !== 22 && !ports.includes(port));
  const allow = [22, ...ports];
  const listens =
    others.length === 0
      ? []
      : [`Besides ssh, these ports are listened on from outside: ${others.slice(0, 20).join(', ')}.`];
  const docker =
    runtime === 'docker' && firewall !== 'none'
      ? ' Ports that Docker publishes to all addresses pass by it; Coracle publishes to loopback only, unless a port is public.'
      : '';
  switch (firewall) {
    case 'ufw':
      return [
        ...listens,
        `ufw is on: ${ports.map((port) => `ufw allow ${port}/tcp`).join(', ')} if it is not allowed yet.${docker}`,
      ];
    case 'nft':
      return [...listens, `nft filters what comes in: let tcp ${ports.join(', ')} through.${docker}`];
    case 'none':
    case 'ufw off':
      return [
        ...listens,
        `No firewall is on. To have one: ${allow.map((port) => `ufw allow ${port}/tcp`).join('; ')}; ufw enable.`,
      ];
    case 'unknown':
    default:
      return [
        ...listens,
        `Whether a firewall is on cannot be seen without root; tcp ${ports.join(', ')} must pass.`,
      ];
  }
}

/** A deploy needs forwarding, for images and the proxy's socket. */
function sshHints({ sshd }: ServerFacts): string[] {
  const off = ['allowtcpforwarding', 'allowstreamlocalforwarding'].filter((name) =>
    ['no', 'remote'].includes(sshd[name] ?? ''),
  );
  const all = sshd['disableforwarding'] === 'yes' ? ['disableforwarding'] : off;
  return [
    ...(all.length === 0
      ? []
      : [
          `sshd forwards nothing for us (${all.join(', ')}): a deploy needs AllowTcpForwarding and AllowStreamLocalForwarding in sshd_config.`,
        ]),
    ...(Number(sshd['maxsessions'] ?? 10) < 10
      ? [
          `sshd allows only ${sshd['maxsessions'] ?? ''} sessions for a connection: MaxSessions 10 in sshd_config.`,
        ]
      : []),
  ];
}
