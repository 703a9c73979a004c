import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from '../../src/registry/challenge.ts';

const parsed = (header: string) =>
  parseChallenges(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);

test.each([
  [
    'Bearer realm="https://a.example/t",service="s",scope="repository:a/b:pull,push"',
    [['bearer', { realm: 'https://a.example/t', service: 's', scope: 'repository:a/b:pull,push' }]],
  ],
  [
    'Basic realm="a, b", Bearer realm = x , service=y',
    [
      ['basic', { realm: 'a, b' }],
      ['bearer', { realm: 'x', service: 'y' }],
    ],
  ],
  [
    'Negotiate, Basic Realm="q\\"uo\\\\te"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'q"uo\\te' }],
    ],
  ],
  [
    'NTLM TlRMTVNT==, Basic realm=r',
    [
      ['ntlm', {}],
      ['basic', { realm: 'r' }],
    ],
  ],
  ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
  ['Bearer realm="never closed', [['bearer', {}]]],
  ['realm="of nothing"', []],
  ['', []],
])('%s', (header, expected) => {
  expect(parsed(header)).toEqual(expected);
});

test('any challenges that are written come back', () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const challenge = fc.record({
    scheme: token,
    params: fc.uniqueArray(fc.tuple(token, fc.string()), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 4,
    }),
  });
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 3 }), (challenges) => {
      const header = challenges
        .map(
          ({ scheme, params }) =>
            `${scheme} ${params.map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`).join(', ')}`,
        )
        .join(', ');
      expect(parsed(header)).toEqual(
        challenges.map(({ scheme, params }) => [scheme, Object.fromEntries(params)]),
      );
    }),
  );
});

test('a header that is anything at all ends', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (header) => void parseChallenges(header)));
});
