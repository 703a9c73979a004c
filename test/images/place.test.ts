import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { registryHost } from '../../src/images/host.ts';
import { formatPlace, namesRegistry, parsePlace } from '../../src/images/place.ts';

describe('places', () => {
  test.each([
    [
      'gin-api',
      { kind: 'named', reference: { registry: 'docker.io', repository: 'library/gin-api', tag: 'latest' } },
    ],
    ['store:gin-api', { kind: 'store' }],
    [
      'docker://ghcr.io/a/b:1',
      { kind: 'registry', reference: { registry: 'ghcr.io', repository: 'a/b', tag: '1' } },
    ],
    ['oci:dir', { kind: 'oci', path: '/w/dir', tar: false }],
    ['oci:/abs/image.tar:v1', { kind: 'oci', path: '/abs/image.tar', tag: 'v1', tar: false }],
    ['oci-archive:x', { kind: 'oci', path: '/w/x', tar: true }],
    ['docker-archive:d.tar', { kind: 'docker-archive', path: '/w/d.tar' }],
    [
      'docker-archive:d.tar:team/api:2',
      { kind: 'docker-archive', reference: { registry: 'docker.io', repository: 'team/api', tag: '2' } },
    ],
    ['sha256:abcdef', { kind: 'id', hex: 'abcdef' }],
    ['decade', { kind: 'id', hex: 'decade', reference: { repository: 'library/decade' } }],
  ])('%s', (text, place) => expect(parsePlace(text, '/w')).toMatchObject(place));

  test.each(['', 'UPPER', 'oci:', 'oci:x:not/a/tag', 'a b', 'docker://', 'docker-archive::x'])(
    '%j is refused',
    (text) => {
      expect(() => parsePlace(text, '/w')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
    },
  );

  test('any text is a place or refused, and what is shown means the same', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            'B',
            ':',
            '/',
            '@',
            '.',
            '-',
            '1',
            'oci:',
            'store:',
            'docker-archive:',
            'sha256:',
          ),
        }),
        (text) => {
          try {
            const place = parsePlace(text, '/w');
            if (place.kind === 'oci' || place.kind === 'docker-archive')
              expect(parsePlace(formatPlace(place, '/w'), '/w')).toEqual({
                ...place,
                ...(place.kind === 'oci' ? { tar: false } : {}),
              });
          } catch (error) {
            if (!isToolError(error, 'REFERENCE_INVALID')) throw error;
          }
        },
      ),
    );
  });

  test.each([
    ['localhost/x', true],
    ['localhost:5000/x', true],
    ['ghcr.io/x', true],
    ['team/x', false],
    ['x:1', false],
    ['x', false],
  ])('%s names a registry: %s', (text, wanted) => expect(namesRegistry(text)).toBe(wanted));
});

test.each([
  [undefined, 'docker.io'],
  ['ghcr.io', 'ghcr.io'],
  ['https://registry.example.com/v2/', 'registry.example.com'],
  ['localhost:5000', 'localhost:5000'],
  ['index.docker.io', 'docker.io'],
])('login takes %s as %s', (text, host) => expect(registryHost(text)).toBe(host));
test('a word is no registry', () =>
  expect(() => registryHost('team')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' })));
