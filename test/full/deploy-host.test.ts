import { besideCases } from '../deploy/host/beside-cases.ts';
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
