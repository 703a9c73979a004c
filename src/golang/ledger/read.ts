import { setImmediate } from 'node:timers/promises';
import type { Binary } from '../binary/read.ts';
import type { FileSource } from '../binary/source.ts';
import { messageOf } from '../../core/errors.ts';
import { makeAccounts } from './accounts.ts';
import type { Claims } from './claims.ts';
import { claimData } from './data.ts';
import { claimDebugData } from './dwarf.ts';
import { debugSections } from './dwarf-sections.ts';
import { claimFunctions } from './functions.ts';
import { openProgram } from './program-open.ts';
import type { Opened } from './program-open.ts';
import { largestFile, readLargeLedger } from './read-large.ts';
import { recognise } from './recognise.ts';
import { makeClaimBook } from './resolve.ts';
import { rowsOf } from './resolve-rows.ts';
import { claimC } from './sections-c.ts';
import { claimStructure } from './sections-claims.ts';
import { fillPadding } from './sections-padding.ts';
import { claimSymbols } from './symbols.ts';
import type { Ledger, Pieces } from './types.ts';

/**
 * Accounts for every byte of an ELF file. Damaged tables become sentences in `problems`, and their bytes unattributed.
 * @throws ToolError BINARY_UNREADABLE when the file is no ELF file at all; the reason of `signal`
 */
export async function readLedger(
  source: FileSource,
  signal?: AbortSignal,
): Promise<{ ledger: Ledger; pieces: Pieces }> {
  if (source.size > largestFile) return readLargeLedger(source, plain);
  const { size } = source;
  const opened = await openProgram(source);
  const { program, layout } = opened;
  const recognised = recognise(opened);
  const accounts = makeAccounts(program.buildInfo, recognised.garbled);
  const book = makeClaimBook(size, accounts);
  for (const sentence of layout.problems) book.claims.problem(sentence);
  const guarded = guard(book.claims);
  /** A large program takes seconds in which nothing else would run, Ctrl-C included. */
  const breathe = async (): Promise<void> => {
    await setImmediate();
    signal?.throwIfAborted();
  };
  guarded('its headers', () => {
    claimStructure(opened, book.claims);
    claimC(opened, book.claims);
  });
  await breathe();
  const functions = guarded('its functions', () => claimFunctions(opened, book.claims)) ?? [];
  await breathe();
  guarded('its data', () => {
    claimData(opened, book.claims);
  });
  await breathe();
  guarded('its symbol table', () => {
    claimSymbols(opened, book.claims);
  });
  await breathe();
  // What is left has been read but for single bytes.
  opened.file.release();
  guarded('its debug data', () => {
    claimDebugData(opened, book.claims);
  });
  await breathe();
  const pieces = fillPadding(opened, book.resolve(), accounts);
  return {
    ledger: {
      size,
      recognised,
      ...(opened.binary ? { binary: plain(opened.binary) } : {}),
      accounts: accounts.list(),
      rows: rowsOf(pieces, size, accounts.count),
      functions,
      named: book.named,
      sections: sectionsOf(opened),
      problems: book.problems,
    },
    pieces,
  };
}

/** One source of evidence that stumbles over damage does not take the others with it. */
function guard(claims: Claims): <T>(what: string, work: () => T) => T | undefined {
  return (what, work) => {
    try {
      return work();
    } catch (error) {
      claims.problem(`Not all of ${what} could be read: ${messageOf(error)}`);
      return undefined;
    }
  };
}

/** Plain data, without the questions that a Binary answers. */
function plain(binary: Binary): NonNullable<Ledger['binary']> {
  const { hasFunction: _hasFunction, links: _links, mentions: _mentions, ...rest } = binary;
  return rest;
}

function sectionsOf(opened: Opened): Ledger['sections'] {
  const packed = new Map(
    debugSections(opened).flatMap(({ section, packedAt, size }) => (packedAt < 0 ? [] : [[section, size]])),
  );
  return opened.layout.sections
    .filter(({ size }) => size > 0)
    .map((section) => {
      const { name, offset, size } = section;
      const unpacked = packed.get(section);
      return { name, offset, bytes: size, ...(unpacked === undefined ? {} : { unpacked }) };
    });
}
