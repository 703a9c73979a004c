/**
 * The stages of coracle ship, in their order. A further one is a file in stages/ and a line here (and its name in config/schema/ship.ts).
 */
import type { StageName } from '../config/schema/ship.ts';
import { budgetStage } from './stages/budget.ts';
import { buildStage } from './stages/build.ts';
import { configStage } from './stages/config.ts';
import { deployStage } from './stages/deploy.ts';
import { hostsStage } from './stages/hosts.ts';
import { pushStage } from './stages/push.ts';
import { testsStage } from './stages/tests.ts';
import { verifyStage } from './stages/verify.ts';
import type { Stage } from './types.ts';
import type { ShipWork } from './work.ts';

const makers: Readonly<Record<StageName, (work: ShipWork) => Stage>> = {
  config: configStage,
  hosts: hostsStage,
  tests: testsStage,
  build: buildStage,
  budget: budgetStage,
  push: pushStage,
  deploy: deployStage,
  verify: verifyStage,
};

export function stagesOf(work: ShipWork): readonly Stage[] {
  return Object.values(makers).map((make) => make(work));
}
