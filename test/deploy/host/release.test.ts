import { releaseCases } from './release-cases.ts';

releaseCases([{ engine: 'docker' }, { engine: 'podman', user: 'deployer' }]);
