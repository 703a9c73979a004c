import { runsSteps } from './case.ts';
import { paritySuite } from './suite.ts';

// What runs no step reads and writes nothing that a user may not: root's suite has it, and here it is left to the whole run.
const whole = process.env['CORACLE_TEST_FULL'] === '1';

paritySuite(
  'single',
  'the same as BuildKit, as a user with no other id',
  (case_) => (whole || runsSteps(case_)) && case_.manyIds !== true && case_.rootOnly === undefined,
);
