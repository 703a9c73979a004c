import { describe, expect, test } from 'vitest';
import { baseTree, decideBase } from '../../src/bases/decide.ts';
import type { BaseFacts, Question } from '../../src/bases/decide.ts';
import { namedBase } from '../../src/bases/names.ts';

const plain: BaseFacts = { static: true, libraries: [], unknown: [], parts: [] };
const glibc: BaseFacts = { ...plain, static: false, libc: 'glibc', libraries: ['libc.so.6'] };

describe('the base for a program', () => {
  test.each<[string, BaseFacts, string, string]>([
    ['static, no files', plain, 'scratch', 'it reads no file of a system'],
    [
      'static, with TLS',
      { ...plain, parts: ['CA certificates', '/tmp'] },
      'auto',
      'CA certificates and /tmp',
    ],
    ['cgo, C library alone', glibc, 'distalpine', 'all that it loads can be read from it: libc.so.6'],
    ['cgo, plug-ins', { ...glibc, beyond: 'dlopen' }, 'glibc', 'it calls dlopen'],
    [
      'C++ with plug-ins',
      { ...glibc, libraries: ['libstdc++.so.6', 'libc.so.6'], beyond: 'dlopen' },
      'cc',
      'libraries of C++',
    ],
    ['C++ alone', { ...glibc, libraries: ['libstdc++.so.6'] }, 'distalpine', 'libstdc++.so.6'],
    [
      'musl',
      { ...glibc, libc: 'musl', libraries: ['libc.so'] },
      'distalpine',
      'musl loads nothing by itself',
    ],
    ['a library that nobody knows', { ...glibc, unknown: ['libown.so'] }, 'debian', 'libown.so'],
    ['one that starts a shell', { ...plain, starts: 'a shell' }, 'debian-slim', 'it starts a shell'],
  ])('%s', (_, facts, name, because) => {
    const decided = decideBase(facts);
    expect(decided.name).toBe(name);
    expect(decided.reasons.join('\n')).toContain(because);
    expect(decided.path[0]?.question).toBe(baseTree.question);
    expect(decided.path.every((step) => step.because !== '')).toBe(true);
  });

  test('every leaf of the tree is a base that has a name', () => {
    const leaves = (at: Question | string): string[] =>
      typeof at === 'string' ? [at] : at.answers.flatMap(({ leads }) => leaves(leads));
    expect(new Set(leaves(baseTree)).size).toBeGreaterThan(5);
    expect(leaves(baseTree).filter((name) => namedBase(name) === undefined)).toEqual([]);
  });
});
