import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { openStore } from '../store/store.ts';
import { digestOfUnchanged, digestRecorder } from './files/digest-known.ts';
import { ledgers } from './files/ledger-of.ts';
import type { BinaryExplanation } from './types.ts';

/** Files are read into memory as a whole; no program is larger than this. */
const largest = 2 * 1024 ** 3 - 1;

/**
 * Explains an ELF file of this machine.
 * @param source as the user named it
 * @throws ToolError FILE_UNREADABLE, BINARY_UNREADABLE, UNSUPPORTED for one that is too large
 */
export async function explainBinary(ctx: Ctx, source: string, file: string): Promise<BinaryExplanation> {
  const { size } = await fs.stat(file).catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
  if (size > largest)
    throw new ToolError(
      'UNSUPPORTED',
      `${source} has ${size} bytes; Coracle explains programs of up to 2 GiB`,
    );
  const store = await openStore(ctx);
  const known = await digestOfUnchanged(store, file);
  const remember = known === undefined ? await digestRecorder(ctx, store, file) : undefined;
  const { digest, ledger } = await ledgers(store, ctx.signal).of(source, known, {
    read: async () =>
      fs.readFile(file).catch((error: unknown) => {
        throw fileError(error, 'read', file);
      }),
    part: { file, offset: 0, size },
  });
  await remember?.(digest);
  return { kind: 'binary', source, digest, ledger };
}
