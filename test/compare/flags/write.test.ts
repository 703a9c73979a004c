import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FlagsComparison, Setting } from '../../../src/compare/flags/types.ts';
import { planChange, writeChange } from '../../../src/compare/flags/write.ts';
import { compareRequest } from '../../../src/compare/request.ts';
import { goMod, writeFiles } from '../../golang/go-project.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

function won(...settings: Setting[]): FlagsComparison {
  const none = { missing: 'not built' };
  const baseline = { name: 'default', means: 'go build', size: none, compressed: none } as const;
  return {
    ...{
      what: '.',
      program: 'app',
      at: '2026-01-01T00:00:00Z',
      platform: 'linux/amd64',
      goVersion: '1.26.0',
    },
    machine: { cores: 1, processor: 'any', kernel: '6.1.0' },
    ...{ cgo: true, speed: { kind: 'none', why: 'not asked for' }, noise: none, threshold: 0.005 },
    baseline: { ...baseline, saved: none, savedCompressed: none, slowdown: none },
    ...{ options: [], winners: [{ name: 'c-sections', because: 'it saves', settings }], notes: [] },
  };
}

test('a project without coracle.yaml gets one beside go.mod, and a second run changes nothing', async () => {
  const directory = writeFiles(tempDir(), {
    'go.mod': goMod('example.com/app'),
    'cmd/api/main.go': 'package main\n\nfunc main() {}\n',
  });
  const ctx = testCtx({ cwd: directory });
  const comparison = won({ key: ['go', 'cgo'], value: 'dynamic' }, { key: ['go', 'tags'], items: ['netgo'] });
  const change = await planChange(ctx, { compare: await compareRequest(ctx, './cmd/api') }, comparison);
  const file = path.join(directory, 'coracle.yaml');
  expect(change.file).toBe(file);
  expect(existsSync(file)).toBe(false);
  await writeChange(ctx, change);
  expect(readFileSync(file, 'utf8')).toMatch(/^# .*\ngo:\n {2}cgo: dynamic\n {2}tags:\n {4}- netgo\n$/);
  const again = await planChange(ctx, { compare: await compareRequest(ctx, './cmd/api') }, comparison);
  expect(again.diff).toEqual([]);
});
