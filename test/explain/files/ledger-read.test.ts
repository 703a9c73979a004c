import { hash } from 'node:crypto';
import { utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ledgerOfPart } from '../../../src/explain/files/ledger-read.ts';
import { sharedTempDir } from '../../support/ctx.ts';
import { elfFile } from '../images.ts';

const { directory, remove } = sharedTempDir();
afterAll(remove);
const program = elfFile({ debug: 0, symbols: 0 });
const file = path.join(directory, 'layer');
const part = { file, offset: 512, size: program.length };
const write = (bytes: Buffer): void => {
  writeFileSync(file, Buffer.concat([Buffer.alloc(512, 7), bytes, Buffer.alloc(512, 9)]));
  // Another time than the one before, however fast this goes.
  utimesSync(file, 1000, 1000);
};

test('a program in the midst of a file is read where it lies', async () => {
  write(program);
  const found = await ledgerOfPart('program', part, {});
  expect(found?.digest).toBe(hash('sha256', program, 'hex'));
  expect(found?.kept.rest.size).toBe(program.length);
  expect(await ledgerOfPart('program', { ...part, size: program.length + 513 }, {})).toBeUndefined();
});

test('what is known of the digest is not read', async () => {
  write(program);
  expect(await ledgerOfPart('program', part, { known: async (digest) => ({ met: digest }) })).toEqual({
    met: hash('sha256', program, 'hex'),
  });
});

test('a program that changes between its digest and its ledger is not kept as what it was', async () => {
  write(program);
  const other = Buffer.from(program).fill(1, program.length - 1);
  const change = async (): Promise<undefined> => {
    write(other);
    utimesSync(file, 2000, 2000);
  };
  await expect(ledgerOfPart('program', part, { known: change })).rejects.toMatchObject({
    code: 'BINARY_UNREADABLE',
  });
  write(program);
  const touch = async (): Promise<undefined> => {
    utimesSync(file, 2000, 2000);
  };
  expect((await ledgerOfPart('program', part, { known: touch }))?.digest).toBe(
    hash('sha256', program, 'hex'),
  );
});
