import { runsSteps } from '../parity/case.ts';
import { paritySuite } from '../parity/suite.ts';

paritySuite(
  'contained',
  'the same as BuildKit, in a chroot by root of a default container',
  (case_) => runsSteps(case_) && case_.noChroot === undefined,
);
