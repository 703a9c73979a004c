import type { Waste } from '../../types.ts';

/** Gathers waste of the same sort into one finding, as nobody reads ten thousand. */
export interface WasteGroups {
  add(waste: Omit<Waste, 'detail'>, detail: (files: number) => string): void;
  all(): Waste[];
}

export function wasteGroups(): WasteGroups {
  const groups = new Map<
    string,
    { waste: Omit<Waste, 'detail'>; bytes: number; files: number; detail: (files: number) => string }
  >();
  return {
    add: (waste, detail) => {
      const key = `${waste.kind} ${waste.layer} ${waste.causedBy ?? ''} ${waste.path}`;
      const known = groups.get(key);
      if (known) {
        known.bytes += waste.bytes;
        known.files++;
      } else groups.set(key, { waste, bytes: waste.bytes, files: 1, detail });
    },
    all: () =>
      [...groups.values()].map(({ waste, bytes, files, detail }) => ({
        ...waste,
        bytes,
        detail: detail(files),
      })),
  };
}

/** `1 file`, `1,234 files`. */
export function fileCount(files: number): string {
  return files === 1 ? '1 file' : `${files < 1000 ? files : files.toLocaleString('en-US')} files`;
}
