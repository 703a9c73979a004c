import { runsSteps } from './case.ts';
import { paritySuite } from './suite.ts';

// What a user with one id can do as well is tried by that one; in the whole run by both.
const whole = process.env['CORACLE_TEST_FULL'] === '1';

paritySuite(
  'subids',
  'the same as BuildKit, as a user with subordinate ids',
  (case_) => (case_.manyIds === true || (whole && runsSteps(case_))) && case_.rootOnly === undefined,
);
