import { isToolError } from '../../../core/errors.ts';
import type { ServerFacts } from './facts.ts';
import { mergeDaemonJson } from './daemon-json.ts';
import { hintsOf } from './hints.ts';
import { installSteps, packagesOf } from './packages.ts';

/** One change to a server. */
export interface SetupStep {
  /** What is done, in words: `install docker.io`. */
  readonly title: string;
  /** Why. */
  readonly because: string;
  /** For sh, as root; what an administrator could type. */
  readonly script: string;
  /** Files that the script is given as variables. */
  readonly values?: Readonly<Record<string, string>>;
}

export interface SetupPlan {
  readonly runtime: 'docker' | 'podman';
  readonly steps: readonly SetupStep[];
  /** What is told and never changed. */
  readonly hints: readonly string[];
  /** Why the steps cannot be done; empty when they can. */
  readonly blocked: string;
}

export interface SetupWish {
  /** What is there already, else Docker. */
  readonly runtime: 'docker' | 'podman' | undefined;
  /** Ports that the proxy listens on. */
  readonly ports: readonly number[];
}

/** What has to be done so that a server can be deployed to: pure, from what was found. Nothing is in it that is so already. */
export function planSetup(facts: ServerFacts, wish: SetupWish): SetupPlan {
  const runtime = wish.runtime ?? runtimeOf(facts);
  const steps = [
    ...(runtime === 'docker' ? dockerSteps(facts) : podmanSteps(facts, wish)),
    ...toolSteps(facts),
  ];
  const settled = settings(facts, runtime);
  const all = [...settled.steps, ...steps];
  return {
    runtime,
    steps: all,
    hints: [...settled.hints, ...hintsOf(facts, runtime, wish.ports)],
    blocked: all.length === 0 ? '' : blockedBy(facts),
  };
}

/** The one that a deploy would take: Docker where it answers, else Podman where it is. */
function runtimeOf({ docker, podman, rootlessDocker }: ServerFacts): SetupPlan['runtime'] {
  return docker.version === '' && !rootlessDocker && podman.installed ? 'podman' : 'docker';
}

function blockedBy(facts: ServerFacts): string {
  const debian = facts.os.includes('debian') || facts.os.includes('ubuntu');
  if (!debian) return `${facts.osName} is neither Debian nor Ubuntu: install Docker or Podman by its own way`;
  if (facts.root || facts.sudo) return '';
  return `${facts.user} is not root and has no sudo without a password: do it as root, or let ${facts.user} (visudo: ${facts.user} ALL=(ALL) NOPASSWD: ALL)`;
}

/** Docker's own settings, before it is started for the first time. */
function settings(
  facts: ServerFacts,
  runtime: 'docker' | 'podman',
): { readonly steps: readonly SetupStep[]; readonly hints: readonly string[] } {
  if (runtime !== 'docker' || facts.rootlessDocker) return { steps: [], hints: [] };
  try {
    const { text, added } = mergeDaemonJson(facts.daemonJson, {
      flags: facts.daemonFlags,
      swarm: facts.swarm,
    });
    if (added.length === 0) return { steps: [], hints: [] };
    const kept = facts.daemonJson === '' ? '' : ' What stands there stays; a copy is kept beside it.';
    return {
      steps: [
        {
          title: 'write /etc/docker/daemon.json',
          because: `${added.join('; ')}.${kept}`,
          script: daemonScript,
          values: { settings: text },
        },
      ],
      hints:
        facts.docker.running && added.some((each) => each.startsWith('logs'))
          ? [
              'The limit of logs is for containers that are made after Docker was restarted. Those of Coracle have their own.',
            ]
          : [],
    };
  } catch (error) {
    if (!isToolError(error)) throw error;
    return { steps: [], hints: [`${error.message}. ${error.hint ?? ''}`.trim()] };
  }
}

const daemonScript = `mkdir -p /etc/docker
[ ! -f /etc/docker/daemon.json ] || cp -p /etc/docker/daemon.json /etc/docker/daemon.json.before-coracle
printf '%s' "$settings" >/etc/docker/daemon.json.new
sync
mv /etc/docker/daemon.json.new /etc/docker/daemon.json
pid=$(cat /run/docker.pid 2>/dev/null) && kill -HUP "$pid" || :
`;

function dockerSteps(facts: ServerFacts): SetupStep[] {
  const { docker, user } = facts;
  if (facts.rootlessDocker) return [];
  const steps = docker.installed ? [] : installSteps(facts, 'docker');
  if (docker.installed && !docker.running && facts.systemd) {
    steps.push({
      title: 'start Docker, now and at each boot',
      because: 'It is installed and does not run.',
      script: 'systemctl enable --now docker\n',
    });
  }
  if (!facts.root && !facts.groups.includes('docker')) {
    steps.push({
      title: `take ${user} into the group docker`,
      because: `${user} deploys, and may not speak with Docker yet. Who may can do everything that root can.`,
      script: `usermod --append --groups docker ${user}\n`,
    });
  }
  return steps;
}

function podmanSteps(facts: ServerFacts, { ports }: SetupWish): SetupStep[] {
  const { user, root } = facts;
  const steps = packagesOf(facts, 'podman').length === 0 ? [] : installSteps(facts, 'podman');
  if (facts.systemd && !facts.podmanAtBoot) {
    steps.push({
      title: 'let systemd start containers of Podman at boot',
      because: 'Podman has no daemon that would start them again.',
      script: `systemctl ${root ? '' : '--global '}enable podman-restart.service\n`,
    });
  }
  if (root) return steps;
  if (!facts.subordinateIds) {
    steps.push({
      title: `give ${user} subordinate ids`,
      because: `Containers of an ordinary user have users of their own, which need numbers.`,
      script: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}\n`,
    });
  }
  if (facts.systemd && !facts.lingers) {
    steps.push({
      title: `let what ${user} runs outlive the session`,
      because: 'systemd would end the containers with the ssh connection, and would not start them at boot.',
      script: `loginctl enable-linger ${user}\n`,
    });
  }
  const lowest = Math.min(1024, ...ports);
  if (lowest < facts.unprivilegedPort) {
    steps.push({
      title: `let every user listen on ports from ${lowest} on`,
      because: `The proxy runs as ${user} and listens on ${ports.join(', ')}. Set proxy.httpPort and proxy.httpsPort to have others.`,
      script: [
        `echo net.ipv4.ip_unprivileged_port_start=${lowest} >/etc/sysctl.d/50-coracle.conf`,
        `sysctl --quiet net.ipv4.ip_unprivileged_port_start=${lowest}`,
        '',
      ].join('\n'),
    });
  }
  return steps;
}

/** Debian has all of them; what was made as small as can be may not. */
function toolSteps({ missing }: ServerFacts): SetupStep[] {
  const packages: Readonly<Record<string, string>> = {
    awk: 'mawk',
    flock: 'util-linux',
    setsid: 'util-linux',
  };
  if (missing.length === 0) return [];
  const wanted = [...new Set(missing.map((tool) => packages[tool] ?? 'coreutils'))];
  return [
    {
      title: `install ${wanted.join(', ')}`,
      because: `Programs that a deploy uses are missing: ${missing.join(', ')}.`,
      script: `export DEBIAN_FRONTEND=noninteractive\napt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends ${wanted.join(' ')}\n`,
    },
  ];
}
