import { describe, expect, test } from 'vitest';
import { checkGates, gateWords, parseGate, parseGates } from '../../src/compare/gate.ts';
import { ToolError } from '../../src/core/errors.ts';
import { methodNames, type Comparison } from '../../src/compare/types.ts';
import { comparison } from '../render/compare/fixture.ts';

const of = { names: [...methodNames, './prod.Dockerfile', 'ghcr.io/x/api:1.2'], buildTimes: true };
const check = (text: string, whole: Comparison = comparison()): boolean =>
  checkGates(whole, parseGates(text, of)).every(({ held }) => held);

describe('reading', () => {
  test.each([
    ['coracle.size<12MB', 'size', '<', 12_000_000],
    ['coracle.size <= 12MiB', 'size', '<=', 12 * 1024 * 1024],
    ['coracle.start<1.5s', 'start', '<', 1500],
    ['coracle.start<50ms', 'start', '<', 50],
    ['coracle.secondRelease<5MB', 'secondRelease', '<', 5_000_000],
    ['coracle.second-release<5MB', 'secondRelease', '<', 5_000_000],
    ['coracle.root=false', 'root', '=', 0],
    ['coracle.shells=0', 'shells', '=', 0],
    ['coracle.package-managers=none', 'packageManagers', '=', 0],
    ['coracle.cold-build<2m', 'coldBuild', '<', 120_000],
    ['coracle.files>=1', 'files', '>=', 1],
  ])('%s', (text, figure, operator, value) => {
    expect(parseGate(text, of)).toEqual({ text, method: 'coracle', figure, operator, value });
  });

  test('names with dots, slashes and colons are those of --with', () => {
    expect(parseGate('./prod.Dockerfile.size<1.5MB', of).method).toBe('./prod.Dockerfile');
    expect(parseGate('ghcr.io/x/api:1.2.files<9', of)).toMatchObject({
      method: 'ghcr.io/x/api:1.2',
      value: 9,
    });
  });

  test('several stand with commas between them', () => {
    expect(parseGates(' coracle.size<1MB, distro.files<9 ,', of).map(({ method }) => method)).toEqual([
      'coracle',
      'distro',
    ]);
  });

  test.each([
    ['coracl.size<1MB', /"coracl" is not compared/, /Did you mean coracle\?/],
    ['coracle.sise<1MB', /no figure "sise"/, /Did you mean size\?/],
    ['coracle.size<1parsec', /"1parsec" is not a size/, /500MB/],
    ['coracle.start<12', /"12" is not a duration/, /30s/],
    ['coracle.files<1.5', /"1\.5" is no whole number/, /coracle\.size<12MB/],
    ['coracle.root<true', /root is yes or no/, /coracle\.root=false/],
    ['coracle.root=maybe', /neither true nor false/, /root=false/],
    ['coracle.size', /is no condition/, /coracle\.size<12MB/],
    ['coracle.size==1MB', /is no condition/, /coracle\.size<12MB/],
    ['size<12MB', /is no condition/, /coracle\.size<12MB/],
    ['', /there is no condition/, /coracle\.size<12MB/],
    [' , ', /there is no condition/, /coracle\.size<12MB/],
  ])('%j is refused, with what to write', (text, message, hint) => {
    const refused = refusal(() => parseGates(text, of));
    expect(refused.code).toBe('USAGE');
    expect(refused.message).toMatch(message);
    expect(refused.hint).toMatch(hint);
  });

  test('times of builds are refused before anything is built when they are not going to be measured', () => {
    const refused = refusal(() => parseGate('coracle.cold-build<1s', { ...of, buildTimes: false }));
    expect(refused).toMatchObject({ code: 'USAGE', hint: 'Add --build-times.' });
  });

  test('every figure can be a condition', () => {
    const { figures } = comparison().results[0] ?? { figures: {} };
    expect(gateWords).toHaveLength(Object.keys(figures).length + 3);
  });
});

describe('checking', () => {
  test.each([
    ['coracle.size<4.4MB', false],
    ['coracle.size<=4.4MB', true],
    ['coracle.size>4.4MB', false],
    ['coracle.size>=4.4MB', true],
    ['coracle.size=4.4MB', true],
    ['coracle.size<12MB,toolchain.size<12MB', false],
    ['coracle.root=false', true],
    ['toolchain.root=false', false],
    ['toolchain.shells<3', false],
    ['toolchain.shells<=3', true],
    ['coracle.shells=0', true],
  ])('%s: %s', (text, held) => expect(check(text)).toBe(held));

  test('a figure that could not be measured holds no condition, whatever it asks, and says why', () => {
    const gates = parseGates('alpine.memory<1GB,alpine.memory>=0B,coracle.packages=0', of);
    const found = checkGates(comparison(), gates);
    expect(found.map(({ held }) => held)).toEqual([false, false, false]);
    expect(found[0]?.found).toEqual({ missing: 'the processes ended before their memory could be read' });
  });

  test('of a method that has no result no condition holds', () => {
    const found = checkGates(comparison({ results: [] }), parseGates('coracle.size<1GB', of));
    expect(found).toMatchObject([{ held: false, found: { missing: 'it was not measured' } }]);
  });
});

function refusal(run: () => unknown): ToolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
