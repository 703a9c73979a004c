import { runsSteps } from './case.ts';
import { paritySuite } from './suite.ts';

paritySuite(
  'subids',
  'the same as BuildKit, as a user with subordinate ids',
  (case_) => runsSteps(case_) && case_.rootOnly === undefined,
);
