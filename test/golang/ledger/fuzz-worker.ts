/** A process that reads the ledgers of damaged copies of programs: arguments are the count of copies of each, then files. */
import { readFileSync } from 'node:fs';
import { isToolError } from '../../../src/core/errors.ts';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import { damaged, fuzzAll } from '../../support/fuzz.ts';
import { eachPiece, sharesOf } from './oracle.ts';
import { tablesOf } from './tables.ts';

const [, , runs = '0', ...files] = process.argv;
const programs = files.map((file) => {
  const bytes = readFileSync(file);
  return { bytes, places: tablesOf(bytes) };
});

await fuzzAll(Number(runs) * programs.length, async (random, run) => {
  const program = programs[run % programs.length];
  if (!program) return 'nothing to read';
  const bytes = damaged(program.bytes, random, program.places);
  try {
    const reading = await readLedger(bufferSource('damaged', bytes));
    // Both throw when they do not sum.
    sharesOf(reading.ledger);
    let covered = 0;
    eachPiece(reading, ({ start, end }) => {
      covered += end - start;
    });
    if (covered !== bytes.length) throw new Error(`pieces cover ${covered} of ${bytes.length} bytes`);
    return reading.ledger.problems.length > 0 ? 'partial' : 'read';
  } catch (error) {
    if (isToolError(error, 'BINARY_UNREADABLE')) return 'refused';
    throw error;
  }
});
