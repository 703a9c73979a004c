import { runsSteps } from './case.ts';
import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { paritySuite } from './suite.ts';

// What runs no step reads and writes nothing that a user may not: root's suite has it, and here it is left to the whole run. So are all but
// the first of several that are about the same.
const whole = process.env['CORACLE_TEST_FULL'] === '1';

const able = cases.filter((case_) => case_.manyIds !== true && case_.rootOnly === undefined);
const chosen = new Set(whole ? able : firstOfEach(able.filter(runsSteps)));

paritySuite('single', 'the same as BuildKit, as a user with no other id', (case_) => chosen.has(case_));

/** Those that are the first about anything. */
function firstOfEach(all: readonly Case[]): readonly Case[] {
  const seen = new Set<string>();
  return all.filter(({ covers }) => {
    const isNew = covers.some((what) => !seen.has(what));
    for (const what of covers) seen.add(what);
    return isNew;
  });
}
