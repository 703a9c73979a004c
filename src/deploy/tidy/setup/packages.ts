import type { ServerFacts } from './facts.ts';
import type { SetupStep } from './plan.ts';

/** The packages of the distribution's own archive that a runtime needs and that are not there. */
export function packagesOf(facts: ServerFacts, runtime: 'docker' | 'podman'): string[] {
  if (runtime === 'docker') return facts.docker.installed ? [] : ['docker.io'];
  if (facts.podman.installed) return [];
  // An ordinary user's containers need ids, a network and a file system that root has not to ask for.
  return facts.root ? ['podman'] : ['podman', 'uidmap', 'slirp4netns', 'fuse-overlayfs', 'dbus-user-session'];
}

export function installSteps(facts: ServerFacts, runtime: 'docker' | 'podman'): SetupStep[] {
  const packages = packagesOf(facts, runtime);
  // Newer archives have Docker's client in a package of its own.
  const more = runtime === 'docker' ? ' $(apt-cache show docker-cli >/dev/null 2>&1 && echo docker-cli)' : '';
  return [
    {
      title: `install ${packages.join(', ')}`,
      because: `There is no ${runtime === 'docker' ? 'Docker' : 'Podman'}. It comes from the archive of ${facts.osName}, signed as all its packages are.`,
      script: [
        'export DEBIAN_FRONTEND=noninteractive',
        'apt-get -o DPkg::Lock::Timeout=120 --quiet update',
        `apt-get -o DPkg::Lock::Timeout=120 --quiet install --yes --no-install-recommends ${packages.join(' ')}${more}`,
        '',
      ].join('\n'),
    },
  ];
}
