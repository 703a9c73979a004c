import { settleCases } from './settle-cases.ts';

settleCases({ engine: 'docker' }, []);
