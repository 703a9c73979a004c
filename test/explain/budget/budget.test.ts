import { describe, expect, test } from 'vitest';
import { checkBudgets } from '../../../src/explain/budget/check.ts';
import { judge, type Judged } from '../../../src/explain/budget/judge.ts';
import { parseBudgets } from '../../../src/explain/budget/parse.ts';
import { measure } from '../../../src/explain/sums/measures.ts';
import type { Explanation } from '../../../src/explain/types.ts';
import { budgetSection } from '../../../src/render/explain/budget-report.ts';
import { plainSection } from '../../../src/render/explain/plain.ts';
import { styleFor } from '../../../src/render/style.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { image, program } from '../fixture.ts';

const from = { name: '--budget' };
const states = (text: string, of: Explanation = image()): string[] =>
  checkBudgets(parseBudgets(text, from), measure(of)).map(({ state }) => state);

describe('limits', () => {
  test.each([
    ['image<15MB', 15_000_000],
    ['image<15 MiB', 15 * 1024 * 1024],
    ['image <= 500kB', 500_000],
    ['image<1.5KiB', 1536],
    ['layers<6', 6],
    ['efficiency>95%', 0.95],
    ['efficiency>=0.95', 0.95],
    ['waste:package-cache<1B', 1],
  ])('%s', (text, limit) => {
    expect(parseBudgets(text, from)).toMatchObject([{ text, limit }]);
  });

  test.each([
    ['image', 'is no limit'],
    ['image<', 'is no limit'],
    ['picture<1MB', 'cannot be limited'],
    ['image<lots', 'is not a size'],
    ['layers<1.5', 'is no number'],
    ['efficiency<95%', 'the better the higher'],
    ['efficiency>95', 'is no share'],
    ['image:x<1MB', 'takes no name'],
    ['file<1MB', 'needs a path'],
    ['layer:0<1MB', 'is no layer'],
    ['waste:dust<1MB', 'is no kind of waste'],
    ['waste:secret<1', 'no bytes are waste'],
    ['', 'there is no limit'],
    [' , ', 'there is no limit'],
  ])('%s is refused', (text, message) => {
    expect(() => parseBudgets(text, from)).toThrow(message);
  });

  test('what they hold: every subject, just below and just above', () => {
    const { size, unpacked } = image();
    expect(states(`image<${size + 1}, image<${size}, image<=${size}, unpacked<${unpacked}`)).toEqual([
      'kept',
      'broken',
      'kept',
      'broken',
    ]);
    expect(
      states('layers<3,layers<2,files<4,files<3,modules<3,modules<2,binaries<3,packages<5,packages<4'),
    ).toEqual(['kept', 'broken', 'kept', 'broken', 'kept', 'broken', 'kept', 'kept', 'broken']);
    expect(states('layer<4.3MB,layer:1<4.3MB,binary:/app/server<777001,binary<777000')).toEqual([
      'broken',
      'kept',
      'kept',
      'broken',
    ]);
    expect(states('module:github.com/gin-gonic/gin<=120kB,module:github.com/gin-gonic/gin<120kB')).toEqual([
      'kept',
      'broken',
    ]);
    expect(
      states('package:net/http<200001,file:/etc/passwd<120,waste<26001,secrets<2,efficiency>97.1%'),
    ).toEqual(['kept', 'broken', 'kept', 'kept', 'broken']);
  });

  test('secrets are counted, as none of their bytes are waste', () => {
    expect(image().waste.filter(({ kind }) => kind === 'secret')).toMatchObject([{ bytes: 0 }]);
    expect(states('secrets<1,secrets<=1')).toEqual(['broken', 'kept']);
    expect(states('secrets<1', program())).toEqual(['not applicable']);
  });

  test('what is not there keeps them and is said to be absent; what cannot be there is not asked', () => {
    expect(states('module:github.com/x/y<1MB')).toEqual(['absent']);
    expect(states('image<1MB,layers<2,waste<1B,size<1B', program())).toEqual([
      'not applicable',
      'not applicable',
      'not applicable',
      'broken',
    ]);
  });
});

describe('since which change', () => {
  const gin = 'github.com/gin-gonic/gin';
  const state = (n: number, version: string, bytes: number): Explanation =>
    image({
      letter: String(n),
      program: program({ digest: `d${n}`, revision: `c0ffee${n}`, modules: [[gin, version, bytes]] }),
    });
  const budgets = parseBudgets(`module:${gin}<110kB`, from);
  const told = (judged: readonly Judged[]): string =>
    plainSection(budgetSection(judged), { style: styleFor(false), columns: Infinity });

  test('is found among what was explained under the same name, and says what grew', async () => {
    const ctx = testCtx({ home: tempDir() });
    const explained = async (explanation: Explanation, what = 'api:latest'): Promise<Judged[]> =>
      judge(ctx, what, explanation, budgets);
    expect(told(await explained(state(1, 'v1.8.0', 90_000)))).toContain('1 limit kept');
    const broken = await explained(state(2, 'v1.9.0', 120_000));
    expect(broken[0]?.since?.kept?.measures.revision).toBe('c0ffee1');
    expect(told(broken)).toMatch(/broken +120\.0 kB +module:.*<110kB/);
    expect(told(broken)).toContain('10.0 kB too much');
    expect(told(broken)).toContain(
      `what grew: +30.0 kB module ${gin} went from v1.8.0 to v1.9.0; mostly ${gin}`,
    );
    // A later state that breaks it too is not to blame.
    const later = await explained(state(3, 'v1.9.1', 121_000));
    expect(later[0]?.since).toMatchObject({
      kept: { measures: { revision: 'c0ffee1' } },
      broke: { measures: { revision: 'c0ffee2' } },
      causes: [{ to: 'v1.9.0' }],
    });
    // Explained again, nothing is remembered twice.
    expect((await explained(state(3, 'v1.9.1', 121_000)))[0]?.since).toEqual(later[0]?.since);
    // Each build may have a tag of its own.
    expect(
      (await explained(state(4, 'v1.9.2', 122_000), 'api:other'))[0]?.since?.broke?.measures.revision,
    ).toBe('c0ffee2');
    expect((await explained(state(5, 'v1.9.2', 122_000), 'another'))[0]?.since).toEqual({ causes: [] });
  });

  test('a limit that had nothing to limit was said to be kept', async () => {
    const heading = async (text: string): Promise<string | undefined> =>
      told(await judge(testCtx({ home: tempDir() }), 'api', program(), parseBudgets(text, from))).split(
        '\n',
      )[0];
    expect(await heading('module:misspelt<1MB')).toBe('Budget: none broken; 1 limit had nothing to limit');
    expect(await heading('layers<3,size<1GB')).toBe(
      'Budget: none broken; 1 of 2 limits had nothing to limit',
    );
    expect(await heading('size<1GB,size<2GB')).toBe('Budget: 2 limits kept');
    expect(await heading('size<1B,size<2GB,layers<2')).toBe('Budget: 1 of 3 limits broken');
  });

  test('is asked of another image with --against', async () => {
    const ctx = testCtx({ home: tempDir() });
    const judged = await judge(ctx, 'api', state(2, 'v1.9.0', 120_000), budgets, state(1, 'v1.8.0', 90_000));
    expect(judged[0]?.since).toMatchObject({ kept: { measures: { revision: 'c0ffee1' } } });
  });

  test('is said not to be known when nothing is remembered', async () => {
    const judged = await judge(testCtx({ home: tempDir() }), 'api', state(2, 'v1.9.0', 120_000), budgets);
    expect(told(judged)).toContain('--against');
  });
});
