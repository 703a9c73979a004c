import { expect, test } from 'vitest';
import { openIndex } from '../../../src/base/debian/index.ts';
import { makeDeb } from '../../components/deb.ts';
import { startDebianMirror } from '../../components/debian-mirror.ts';
import { testCtx } from '../../support/ctx.ts';

test('an index holds the packages of a release, its updates and its security updates, newest first', async () => {
  const mirror = await startDebianMirror({
    packages: [
      makeDeb({ Package: 'tool', Version: '1.0', Provides: 'gadget' }),
      makeDeb({ Package: 'other' }),
    ],
    updates: [makeDeb({ Package: 'tool', Version: '1.2' })],
    security: [makeDeb({ Package: 'tool', Version: '1.10' })],
  });
  try {
    const ctx = testCtx();
    const index = await openIndex(ctx, mirror.source(), { keys: mirror.keys });
    expect(index.versions('tool').map(({ version, suite }) => [version, suite])).toEqual([
      ['1.10', 'trixie-security'],
      ['1.2', 'trixie-updates'],
      ['1.0', 'trixie'],
    ]);
    expect(index.providers('gadget').map(({ name }) => name)).toEqual(['tool']);
  } finally {
    await mirror.stop();
  }
});
