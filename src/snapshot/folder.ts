import { promises as fs, readFileSync } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../core/errors.ts';
import { readFileIfThere, readJsonIfSound, writeFileAtomic } from '../core/files.ts';
import { removeDeep } from '../core/remove.ts';
import type { LayerIndex } from '../layer/layer-index.ts';
import type { LayerFolders } from '../store/layers.ts';
import type { DirectoryForm } from './form.ts';
import { decodeIndex, encodeIndex } from './index-file.ts';
import type { LayerId } from './types.ts';
import type { DirectoryFacts } from './layer-writer.ts';

/** What lies beside a directory, written before it. */
interface Marker extends DirectoryFacts {
  readonly id: LayerId;
  /** The machine's run in which it was written; undefined once it is known to have outlived one. */
  readonly boot?: string;
}

export interface LayerDirectory {
  /** Absolute. */
  readonly path: string;
  readonly facts: DirectoryFacts;
}

/** A layer's folder in the store: its index and its directory, each of which is whole or not there. */
export interface Folder {
  index(): Promise<LayerIndex | undefined>;
  writeIndex(index: LayerIndex): Promise<void>;
  hasIndex(): Promise<boolean>;
  /** As much of the index as each step asks for. */
  glance(): Promise<LayerIndex | undefined>;
  writeGlance(glance: LayerIndex): Promise<void>;
  /** @param isWhole asked once for a directory that an earlier run of the machine wrote: a power cut may have taken parts of it */
  directory(isWhole: (directory: string) => Promise<boolean>): Promise<LayerDirectory | undefined>;
  /** Moves a finished directory to its place, unless another process was faster. */
  publish(directory: string, facts: DirectoryFacts): Promise<LayerDirectory>;
  /** Takes a directory away that turned out to be damaged. */
  discard(): Promise<void>;
}

/**
 * Nothing is synced here: unpacking would take twice as long. Instead a directory bears the name of the machine's run, and is looked
 * through once when it is used in a later one.
 */
export function layerFolder(layers: LayerFolders, id: LayerId, form: DirectoryForm): Folder {
  const name = folderName(id);
  const file = (base: string): string => path.join(layers.path(name), base);
  const directory = file(form.name);
  const marker = file(`${form.name}.json`);
  const mark = async (value: Marker): Promise<void> =>
    writeFileAtomic(marker, JSON.stringify(value), { sync: false });
  const discard = async (): Promise<void> => {
    const trash = path.join(await layers.temp(), 'damaged');
    await fs.rename(directory, trash).catch(() => undefined);
    await removeDeep(path.dirname(trash));
  };
  const read = async (base: string): Promise<LayerIndex | undefined> => {
    if (!(await layers.use(name))) return undefined;
    const bytes = await readFileIfThere(file(base));
    const index = bytes && decodeIndex(bytes, id);
    if (bytes && !index) await fs.rm(file(base), { force: true }); // else it would be believed to be there
    return index;
  };
  const write = async (base: string, index: LayerIndex): Promise<void> => {
    await layers.make(name);
    await writeFileAtomic(file(base), encodeIndex(id, index), { sync: false });
  };
  return {
    discard,
    index: async () => read('index.json'),
    hasIndex: async () => (await layers.use(name)) && (await isThere(file('index.json'))),
    writeIndex: async (index) => write('index.json', index),
    glance: async () => read('glance.json'),
    writeGlance: async (glance) => write('glance.json', glance),
    directory: async (isWhole) => {
      if (!(await layers.use(name)) || !(await isThere(directory))) return undefined;
      const known = await readJsonIfSound<Marker>(marker);
      if (known?.id !== id) {
        await discard();
        return undefined;
      }
      const { boot, ...facts } = known;
      if (boot !== undefined && boot !== bootId()) {
        if (!(await isWhole(directory))) {
          await discard();
          return undefined;
        }
        await mark(facts);
      }
      return { path: directory, facts };
    },
    publish: async (from, facts) => {
      await layers.make(name);
      const { bytes, standIns, implied, relocated, unmarked } = facts;
      const known = { bytes, standIns, implied, relocated, ...(unmarked && { unmarked }) };
      await mark({ id, ...known, boot: bootId() });
      try {
        await fs.rename(from, directory);
      } catch (error) {
        if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error;
      }
      return { path: directory, facts };
    },
  };
}

/** @throws TypeError for what is no LayerId */
function folderName(id: LayerId): string {
  const [, kind, hex] = /^(index|diff):(?:sha256:)?([0-9a-f]{64})$/.exec(id) ?? [];
  if (kind === undefined || hex === undefined) throw new TypeError(`${id} is no layer`);
  return `${kind}-${hex}`;
}

async function isThere(file: string): Promise<boolean> {
  return fs.stat(file).then(
    () => true,
    () => false,
  );
}

let boot: string | undefined;

/** Another one after each start of the machine. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return boot;
}
