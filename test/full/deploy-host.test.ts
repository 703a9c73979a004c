import { expect, test } from 'vitest';
import { hasHosts } from '../components/hosts.ts';
import { describeWith, installed } from '../components/program.ts';
import { besideCases } from '../deploy/host/beside-cases.ts';
import { confirmed, newSpec, openHosts } from '../deploy/host/open-hosts.ts';
import { releaseCases } from '../deploy/host/release-cases.ts';
import { operations, settleCases } from '../deploy/host/settle-cases.ts';

// Kinds of hosts that the short tests leave out, and operations that are killed at each step.
releaseCases([{ engine: 'docker', user: 'deployer' }, { engine: 'podman' }]);
besideCases([{ engine: 'podman' }, { engine: 'podman', user: 'deployer' }]);
settleCases(
  { engine: 'docker' },
  operations.filter((operation) => operation !== 'op_switch'),
);
settleCases({ engine: 'podman', user: 'deployer' }, operations);
settleCases({ engine: 'docker', without: ['socat'] }, []);
settleCases({ engine: 'docker', without: ['socat', 'perl'] }, []);

// crun refuses to start containers where both versions of cgroups are mounted.
describeWith([hasHosts, installed('crun')], 'Podman as Debian configures it', () => {
  test('starts containers where crun cannot', async () => {
    const { hosts, stop } = await openHosts([{ engine: 'podman' }]);
    try {
      const [open] = hosts;
      if (!open) throw new Error('no host');
      await open.sh('sed -i /runtime/d /etc/containers/containers.conf');
      const agent = await open.agent('api');
      const placed = await confirmed(agent, newSpec(open, 'api'));
      expect((await agent.container(placed.container)).running).toBe(true);
    } finally {
      await stop();
    }
  });
});
