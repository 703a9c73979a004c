import { besideCases } from './beside-cases.ts';

besideCases([{ engine: 'docker' }]);
