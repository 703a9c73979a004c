import { describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import { coverage, strayTags } from './coverage.ts';

describe('the cases', () => {
  it('cover every instruction at least four times, and each option and form', () => {
    const thin = coverage
      .filter(({ option, cases: names }) => names.length < (option === undefined ? 4 : 1))
      .map(({ instruction, option, cases: names }) => `${instruction} ${option ?? ''}: ${names.length}`);
    expect(thin).toEqual([]);
  });

  it('have names of their own', () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('say nothing that no table asks for', () => {
    expect(strayTags).toEqual([]);
  });
});
