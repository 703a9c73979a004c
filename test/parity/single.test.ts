import { paritySuite } from './suite.ts';

paritySuite(
  'single',
  'the same as BuildKit, as a user with no other id',
  ({ manyIds, rootOnly }) => manyIds !== true && rootOnly === undefined,
);
