import { settleCases } from './settle-cases.ts';

// A rollback that was cut off before its last step once took the release away that it had gone back to.
settleCases({ engine: 'docker' }, ['op_switch']);
