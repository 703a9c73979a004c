import type { Entry } from './entry.ts';
import { parsePax } from './pax.ts';
import type { PaxRecords } from './pax.ts';
import { toEntry } from './tar-entry.ts';
import { blockSize } from './tar-format.ts';
import { gnuName, invalid } from './tar-parse.ts';
import type { RawHeader } from './tar-parse.ts';

/** Bytes of all extended headers that one entry may have, and of all global ones of an archive. They are kept in memory. */
const longestHeaders = 1024 * 1024;

/** Puts together what the headers of an archive say of its entries, for whoever reads the blocks. */
export interface HeaderReader {
  /** True when the header is of an extension, whose body comes next. @throws ToolError IMAGE_INVALID when they do not end */
  begin(raw: RawHeader): boolean;
  /** The body of the extension; kept, so it must not be written to again. @throws ToolError IMAGE_INVALID */
  extend(body: Uint8Array): void;
  /** The entry of a header, with all that was said before it. @throws ToolError as toEntry */
  entry(raw: RawHeader): Entry;
  /** An extension waits for its entry. */
  open(): boolean;
}

export function headerReader(): HeaderReader {
  const globals = globalRecords();
  let budget = longestHeaders;
  let kind = '';
  let pax: PaxRecords | undefined;
  let longName: string | undefined;
  let longLink: string | undefined;
  return {
    begin: (raw) => {
      if (!'xgLK'.includes(raw.type)) return false;
      // An empty one has no body but takes a block all the same: there can be no endless row of them.
      budget -= Math.max(raw.size, blockSize);
      if (budget < 0) throw invalid('its extended headers are larger than any real one');
      kind = raw.type;
      return true;
    },
    extend: (body) => {
      if (kind === 'x') pax = once(pax, parsePax(body));
      else if (kind === 'L') longName = once(longName, gnuName(body));
      else if (kind === 'K') longLink = once(longLink, gnuName(body));
      else globals.add(parsePax(body), body.length);
    },
    entry: (raw) => {
      const entry = toEntry(raw, { pax: globals.merged(pax), longName, longLink });
      pax = undefined;
      longName = undefined;
      longLink = undefined;
      budget = longestHeaders;
      return entry;
    },
    open: () => pax !== undefined || longName !== undefined || longLink !== undefined,
  };
}

/** Two headers of the same kind before one entry: readers would differ in which they take. */
function once<T>(before: T | undefined, now: T): T {
  if (before !== undefined) throw invalid('an entry has two extended headers of the same kind');
  return now;
}

interface Globals {
  add(records: PaxRecords, size: number): void;
  /** Global records with an entry's own on top. */
  merged(own: PaxRecords | undefined): PaxRecords;
}

function globalRecords(): Globals {
  const all: PaxRecords = new Map();
  let budget = longestHeaders;
  return {
    add: (records, size) => {
      budget -= Math.max(size, blockSize);
      if (budget < 0) throw invalid('its global headers are larger than any real one');
      for (const [keyword, value] of records) {
        // One name or size for all entries makes no sense, and tools differ in whether they believe it.
        if (
          keyword === 'path' ||
          keyword === 'linkpath' ||
          keyword === 'size' ||
          keyword.startsWith('GNU.sparse.')
        ) {
          throw invalid(`a global header gives all entries the same ${keyword}`);
        }
        all.set(keyword, value);
      }
    },
    merged: (own) => {
      if (all.size === 0) return own ?? none;
      return own ? new Map([...all, ...own]) : all;
    },
  };
}

const none: PaxRecords = new Map();
