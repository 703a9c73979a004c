import type { Style } from '../render/style.ts';
import { writeAll } from './write.ts';

/** Where a verb puts its result. */
export interface Out {
  /** `--json`: print one document and nothing else. */
  readonly json: boolean;
  /** `--quiet`: print only the essence. */
  readonly quiet: boolean;
  readonly debug: boolean;
  /** For standard output. */
  readonly style: Style;
  /** Columns to keep within; Infinity when the result goes to a file or pipe. */
  readonly columns: number;
  /** Result on stdout, once progress has come to rest. */
  print(text: string): Promise<void>;
  /** Exact bytes on stdout. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** Text of a result without an end, on stdout as it is. @returns false when nobody reads any more */
  stream(text: string): Promise<boolean>;
  /** The one document of `--json`; `schema` names its form. */
  document(document: { readonly schema: string } & Readonly<Record<string, unknown>>): Promise<void>;
  /** Words for people on stderr, when stdout carries something else. */
  remark(text: string): Promise<void>;
  /** Standard output is taken (a tar goes there): results for people go to stderr from now on. */
  yieldStdout(): void;
}

export interface OutOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly style: Style;
  readonly columns: number;
  /** Brings progress to rest. */
  readonly settle: () => Promise<void>;
}

export function makeOut(options: OutOptions): Out {
  let fd: 1 | 2 = 1;
  const put = async (to: 1 | 2, text: string): Promise<void> => {
    await options.settle();
    await writeAll(to, text.endsWith('\n') || text === '' ? text : `${text}\n`);
  };
  return {
    json: options.json,
    quiet: options.quiet,
    debug: options.debug,
    style: options.style,
    columns: options.columns,
    print: async (text) => put(fd, text),
    bytes: async (bytes) => {
      await options.settle();
      await writeAll(fd, bytes);
    },
    stream: async (text) => {
      await options.settle();
      return writeAll(fd, text);
    },
    document: async (document) => put(fd, JSON.stringify(document, null, 2)),
    remark: async (text) => put(2, text),
    yieldStdout: () => {
      fd = 2;
    },
  };
}
