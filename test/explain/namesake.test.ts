import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { warnOfNamesake } from '../../src/explain/namesake.ts';
import { copyImage } from '../../src/images/copy.ts';
import { file } from '../layer/support.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { writeDockerTar } from './images.ts';

test('a directory that hides an image of the same name is not taken for it in silence', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  const archive = await writeDockerTar(path.join(ctx.cwd, 'image.tar'), {
    layers: [{ entries: [file('a', 'a')] }],
  });
  await copyImage(ctx, { from: `docker-archive:${archive}`, to: 'store:api', access: { insecure: [] } });
  const warnings = (): string[] =>
    ctx.events.splice(0).flatMap((event) => (event.kind === 'warning' ? [event.hint ?? ''] : []));
  warnings();
  await warnOfNamesake(ctx, 'api');
  expect(warnings(), 'there is only the image').toEqual([]);
  for (const name of ['api', 'other']) mkdirSync(path.join(ctx.cwd, name));
  await warnOfNamesake(ctx, 'api');
  expect(warnings()).toEqual([expect.stringContaining('store:api')]);
  for (const text of ['./api', 'store:api', 'other', '.', 'no_such_thing']) await warnOfNamesake(ctx, text);
  expect(warnings(), 'nothing is hidden').toEqual([]);
});
