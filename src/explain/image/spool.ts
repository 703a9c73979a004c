import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileError } from '../../core/files.ts';
import type { ContainerConfig } from '../../oci/types.ts';
import { isElf, looksGo } from '../files/elf-look.ts';
import type { Keep } from '../files/look.ts';
import type { FilePart } from '../files/program-bytes.ts';

/** Programs kept while their layers stream by, as a layer at a registry is not fetched twice. */
export interface Spool {
  /** For a layer's sink. */
  keeper(layer: number): Keep;
  /** Where a program lies that was kept whole. */
  part(layer: number, entry: number): FilePart | undefined;
  /** What makes the same spool in another thread. */
  readonly terms: SpoolTerms;
  /** The programs that were kept whole. */
  kept(): readonly string[];
  /** Programs that another thread has kept. */
  adopt(kept: readonly string[]): void;
}

export interface SpoolTerms {
  /** Private, and removed by whoever made it. */
  readonly directory: string;
  readonly config: Pick<ContainerConfig, 'Entrypoint' | 'Cmd'>;
}

export function spoolIn(terms: SpoolTerms): Spool {
  const { directory, config } = terms;
  const started = startedBy(config);
  const whole = new Set<string>();
  const fileOf = (key: string): string => path.join(directory, key);
  return {
    keeper: (layer) => (place, entry, head) => {
      if (!isElf(head) || !(looksGo(head) || started.test(place))) return undefined;
      const key = `${layer}-${entry}`;
      const handle = openSync(fileOf(key), 'wx', 0o600);
      return {
        pass: (bytes) => {
          try {
            for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
          } catch (error) {
            throw fileError(error, 'write', fileOf(key));
          }
        },
        close: (complete) => {
          closeSync(handle);
          if (complete) whole.add(key);
        },
      };
    },
    part: (layer, entry) => {
      const key = `${layer}-${entry}`;
      const size = whole.has(key) ? statSync(fileOf(key), { throwIfNoEntry: false })?.size : undefined;
      return size === undefined ? undefined : { file: fileOf(key), offset: 0, size };
    },
    terms,
    kept: () => [...whole],
    adopt: (kept) => {
      for (const key of kept) whole.add(key);
    },
  };
}

/** Paths at which the program that is started may lie. */
function startedBy(config: SpoolTerms['config']): RegExp {
  const [program = ''] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const name = path.posix.basename(program);
  return name === '' ? /^(?!)/ : new RegExp(`(?:^|/)${name.replaceAll(/[^\w]/g, String.raw`\$&`)}$`);
}
