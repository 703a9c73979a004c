/** The cases as tests, for one kind of user. */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { semaphore } from '../../src/core/concurrency.ts';
import { hasBuildkit } from '../components/buildkit.ts';
import { describeWith, installed } from '../components/program.ts';
import type { Probe } from '../components/program.ts';
import { hasRegistry } from '../components/registry.ts';
import { canBecome } from '../components/users.ts';
import type { Built } from './built.ts';
import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { differences, softDifferences } from './compare.ts';
import { createKit } from './kit.ts';
import type { Kit } from './kit.ts';
import { createOurs } from './ours.ts';
import type { Builder, Ours } from './ours.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

const needs = [
  hasBuildkit,
  hasRegistry,
  ...['busybox', 'mmdebstrap', 'skopeo', 'git', 'setfattr'].map(installed),
];

function needsOf(who: Builder): readonly Probe[] {
  if (who === 'root') return needs;
  return [...needs, canBecome, ...(who === 'subids' ? [installed('newuidmap')] : [])];
}

export function paritySuite(who: Builder, title: string, belongs: (case_: Case) => boolean): void {
  describeWith(needsOf(who), title, () => {
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
      // oxlint-disable-next-line vitest/valid-title -- the case's own
      it.concurrent(case_.name, async () => {
        const [theirs, own] = await turn.run(
          async () => [await kit.build(case_), await ours.build(case_)] as const,
        );
        judge(case_, theirs, own, who);
      });
    }
  });
}

function judge(case_: Case, kit: Built, ours: Built, who: Builder): void {
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
    const [meant, others] = [true, false].map((is) =>
      lines.filter((line) => expected.lines.test(line) === is),
    );
    // oxlint-disable-next-line vitest/valid-expect -- the reason, shown when it fails
    if (!expected.sometimes) expect(meant, expected.differs).not.toEqual([]);
    expect(others?.join('\n')).toBe('');
    return;
  }
  expect(lines.join('\n')).toBe('');
  const report = process.env['CORACLE_PARITY_REPORT'];
  if (report !== undefined && !('refused' in kit) && !('refused' in ours))
    for (const line of softDifferences(kit, ours)) appendFileSync(report, `${who} ${case_.name}: ${line}\n`);
}
