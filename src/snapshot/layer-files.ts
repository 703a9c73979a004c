import type { Bytes } from '../oci/image.ts';
import { blobFiles } from './blob-files.ts';
import { contextChanged, damaged, fileContent, verified } from './content.ts';
import type { LayerForms } from './forms.ts';
import { gone } from './known.ts';
import type { KnownLayers } from './known.ts';
import type { Origin } from './merged.ts';
import type { LayerId } from './types.ts';

type Open = (origin: Origin) => Bytes | Promise<Bytes>;

/** Readings of one blob after which it is unpacked: files are asked for in another order than they lie in it. */
const mostReadings = 4;

/** Single files of layers, from whichever form there is; each content is checked. */
export function layerFiles(forms: LayerForms, known: KnownLayers): (id: LayerId, origin: Origin) => Bytes {
  const opens = new Map<LayerId, Promise<Open>>();

  const choose = async (id: LayerId): Promise<Open> => {
    const there = await forms.unpacked(id);
    if (there && !there.facts.relocated) return fromDirectory(there.path);
    const added = known.added(id);
    if (added) return ({ entry }) => verified(entry, added.content(entry), contextChanged);
    const blob = await known.blob(id);
    if (!blob) throw gone(id);
    const files = blobFiles(() => known.entries(blob));
    const fromBlob: Open = (origin) => verified(origin.entry, files.open(origin), damaged);
    return async (origin) => {
      if (files.readings() < mostReadings || there) return fromBlob(origin);
      // Who may not make all of its files (an ordinary user outside of a namespace) reads on in the blob, slowly.
      const made = await forms.directory(id).catch(() => undefined);
      const open = made && !made.facts.relocated ? fromDirectory(made.path) : fromBlob;
      opens.set(id, Promise.resolve(open));
      return open(origin);
    };
  };
  return async function* (id, origin) {
    const open = opens.get(id) ?? choose(id);
    opens.set(id, open);
    yield* await (
      await open
    )(origin);
  };
}

function fromDirectory(path: string): Open {
  return ({ entry }) => verified(entry, fileContent(path, entry), damaged);
}
