/** The cases as tests, for one kind of user. */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { semaphore } from '../../src/core/concurrency.ts';
import { hasBuildkit } from '../components/buildkit.ts';
import { describeWith, installed } from '../components/program.ts';
import { hasRegistry } from '../components/registry.ts';
import type { Built } from './built.ts';
import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { differences, softDifferences } from './compare.ts';
import { createKit } from './kit.ts';
import type { Kit } from './kit.ts';
import { createOurs } from './ours.ts';
import type { Ours, Who } from './ours.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

const needs = [
  hasBuildkit,
  hasRegistry,
  ...['busybox', 'mmdebstrap', 'skopeo', 'git', 'setfattr', 'setpriv'].map(installed),
];

export function paritySuite(who: Who, title: string, belongs: (case_: Case) => boolean): void {
  describeWith(who === 'subids' ? [...needs, installed('newuidmap')] : needs, title, () => {
    let services: Services;
    let kit: Kit;
    let ours: Ours;
    const turn = semaphore(availableParallelism());

    beforeAll(async () => {
      services = await startServices();
      kit = createKit(services);
      ours = await createOurs(who, services);
    });
    afterAll(async () => {
      await ours.stop();
      await kit.stop();
      await services.stop();
    });

    // From the other end for other users: files of tests run side by side, and share what BuildKit made.
    for (const case_ of (who === 'root' ? cases : cases.toReversed()).filter(belongs)) {
      it.concurrent(case_.name, async () => {
        const [theirs, own] = await turn.run(
          async () => [await kit.build(case_), await ours.build(case_)] as const,
        );
        judge(case_, theirs, own, who);
      });
    }
  });
}

function judge(case_: Case, kit: Built, ours: Built, who: Who): void {
  const expected = case_.expect ?? 'same';
  if (expected !== 'same' && 'fails' in expected) {
    expect(kit, 'BuildKit refuses').toHaveProperty('refused');
    expect('refused' in ours ? ours.refused : 'Coracle built it', 'Coracle refuses').toContain(
      `[${expected.fails}]`,
    );
    return;
  }
  const lines =
    'refused' in ours
      ? [`Coracle refuses: ${ours.refused}`]
      : 'refused' in kit
        ? [`BuildKit refuses: ${kit.refused}`]
        : differences(kit, ours, case_);
  if (expected !== 'same') {
    expect(lines.join('\n'), expected.differs).toMatch(expected.lines);
    expect(lines.filter((line) => !expected.lines.test(line)).join('\n')).toBe('');
    return;
  }
  expect(lines.join('\n')).toBe('');
  const report = process.env['CORACLE_PARITY_REPORT'];
  if (report !== undefined && !('refused' in kit) && !('refused' in ours))
    for (const line of softDifferences(kit, ours)) appendFileSync(report, `${who} ${case_.name}: ${line}\n`);
}
