import type { Entry } from '../../layer/entry.ts';
import { entryTypes } from '../../layer/entry.ts';
import { growColumns, roomFor } from './columns.ts';
import type { ElfFacts } from './elf-look.ts';
import { nameBuilder, nameReader } from './name-column.ts';
import type { NameColumn } from './name-column.ts';

/** What is known of the files of one layer (or of one directory) once its bytes have passed by. In columns: there may be a million. */
export interface FileScan {
  readonly count: number;
  /** Paths as in the archive, whiteouts included; see `pathAt`. */
  readonly paths: NameColumn;
  /** Index into `entryTypes`. */
  readonly types: Uint8Array;
  /** The 12 permission bits. */
  readonly modes: Uint16Array;
  readonly uids: Float64Array;
  readonly gids: Float64Array;
  /** Bytes; 0 for everything but files. */
  readonly sizes: Float64Array;
  /** Where an entry's content begins in the layer's tar, or -1. */
  readonly offsets: Float64Array;
  /** Row of `hashes` that an entry's content has; -1 without a content. */
  readonly rows: Int32Array;
  /** SHA-256 of the contents, 32 bytes each. */
  readonly hashes: Uint8Array;
  /** What links point to. */
  readonly links: ReadonlyMap<number, string>;
  /** Device numbers. */
  readonly devices: ReadonlyMap<number, readonly [major: number, minor: number]>;
  /** File capabilities in words: `cap_net_bind_service=ep`. */
  readonly capabilities: ReadonlyMap<number, string>;
  readonly elves: ReadonlyMap<number, ElfFacts>;
  /** What kind of secret a file holds; never the secret. */
  readonly secrets: ReadonlyMap<number, string>;
  /** Text of the few small files that say something of the whole: /etc/passwd, /etc/os-release. */
  readonly texts: ReadonlyMap<number, string>;
}

/** Fills a FileScan, entry by entry. What is noted is of the entry that was added last. */
export interface ScanBuilder {
  add(entry: Entry, at: number, capabilities?: string): void;
  hash(digest: Uint8Array): void;
  elf(facts: ElfFacts): void;
  secret(kind: string): void;
  text(content: string): void;
  /** The layer ended before that many of its bytes came. */
  cut(missing: number): void;
  done(): FileScan;
}

export function scanBuilder(): ScanBuilder {
  let count = 0;
  let contents = 0;
  const paths = nameBuilder();
  const columns = {
    types: new Uint8Array(64),
    modes: new Uint16Array(64),
    uids: new Float64Array(64),
    gids: new Float64Array(64),
    sizes: new Float64Array(64),
    offsets: new Float64Array(64),
    rows: new Int32Array(64),
  };
  let hashes = new Uint8Array(64 * 32);
  const links = new Map<number, string>();
  const devices = new Map<number, readonly [number, number]>();
  const capabilities = new Map<number, string>();
  const elves = new Map<number, ElfFacts>();
  const secrets = new Map<number, string>();
  const texts = new Map<number, string>();
  return {
    add: (entry, at, capability) => {
      if (count === columns.types.length) growColumns(columns, count + 1);
      paths.push(entry.path);
      columns.types[count] = entryTypes.indexOf(entry.type);
      columns.modes[count] = entry.mode;
      columns.uids[count] = entry.uid;
      columns.gids[count] = entry.gid;
      columns.sizes[count] = entry.size;
      columns.offsets[count] = at;
      columns.rows[count] = -1;
      if (entry.linkName !== undefined) links.set(count, entry.linkName);
      if (entry.major !== undefined) devices.set(count, [entry.major, entry.minor ?? 0]);
      if (capability !== undefined) capabilities.set(count, capability);
      count++;
    },
    hash: (digest) => {
      hashes = roomFor(hashes, (contents + 1) * 32);
      hashes.set(digest, contents * 32);
      columns.rows[count - 1] = contents++;
    },
    elf: (facts) => elves.set(count - 1, facts),
    secret: (kind) => secrets.set(count - 1, kind),
    text: (content) => texts.set(count - 1, content),
    cut: (missing) => {
      columns.sizes[count - 1] = Math.max(0, (columns.sizes[count - 1] ?? 0) - missing);
    },
    done: () => ({
      count,
      paths: paths.done(),
      types: columns.types.slice(0, count),
      modes: columns.modes.slice(0, count),
      uids: columns.uids.slice(0, count),
      gids: columns.gids.slice(0, count),
      sizes: columns.sizes.slice(0, count),
      offsets: columns.offsets.slice(0, count),
      rows: columns.rows.slice(0, count),
      hashes: hashes.slice(0, contents * 32),
      ...{ links, devices, capabilities, elves, secrets, texts },
    }),
  };
}

/** SHA-256 of an entry's content; undefined when it was not made while the content passed by. */
export function passedHash({ rows, hashes }: FileScan, entry: number): Buffer | undefined {
  const row = rows[entry] ?? -1;
  return row < 0 ? undefined : Buffer.from(hashes.buffer, hashes.byteOffset + row * 32, 32);
}

/** The path of an entry; the empty string for the root, and for an entry that is not there. */
export function pathAt({ paths }: FileScan, entry: number): string {
  return nameReader(paths)(entry);
}
