import { expect, test } from 'vitest';
import { revisionOf } from '../../src/explain/revision.ts';

test('what another bundle of the same version found is not taken for what this one finds', () => {
  const one = revisionOf('file:///app/dist/ledger-of-AbC_-d12.js');
  expect(one).toMatch(/-ledger-of-AbC_-d12$/);
  expect(one).not.toBe(revisionOf('file:///app/dist/ledger-of-AbC_-d13.js'));
});
