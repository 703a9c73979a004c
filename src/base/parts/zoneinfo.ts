import { promises as fs } from 'node:fs';
import { ToolError } from '../../core/errors.ts';
import { fileError } from '../../core/files.ts';
import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import { readPacked, readZipDirectory, windowReader } from '../../golang/zip.ts';
import { fileEntry, hardLinkEntry } from './entry.ts';

/** Where Go and the C libraries look first. */
const place = 'usr/share/zoneinfo';
/** Bytes; the largest real one is under 4 KiB. */
const largestZone = 64 * 1024;
const zoneName = /^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/;

/**
 * Time zones from a toolchain's lib/time/zoneinfo.zip. A quarter of the names are other names of the same zone; as hard links they make
 * the compressed layer a quarter smaller than as files (80 KB against 107 KB), and each is still a file to whoever opens or copies it.
 * @throws ToolError CONFIG_INVALID when `zones` names one that does not exist, FILE_UNREADABLE, TOOLCHAIN_FETCH when the archive is damaged
 */
export async function zoneinfoEntries(
  zip: string,
  zones: 'all' | readonly string[],
  mtime: number,
): Promise<Entry[]> {
  const files = await readZones(zip);
  const names = zones === 'all' ? [...files.keys()].sort(compareNames) : zones;
  const first = new Map<string, string>();
  return names.map((name) => {
    const content = files.get(name);
    if (!content) {
      throw new ToolError('CONFIG_INVALID', `TZ names no time zone: ${name}`, {
        hint: 'Set it to a name such as Europe/Berlin, or leave it out for UTC.',
      });
    }
    const path = `${place}/${name}`;
    const key = content.toString('latin1');
    const same = first.get(key);
    if (same !== undefined) return hardLinkEntry(path, same, mtime);
    first.set(key, path);
    return fileEntry(path, content, mtime);
  });
}

async function readZones(zip: string): Promise<Map<string, Buffer>> {
  const file = await fs.open(zip, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', zip);
  });
  try {
    const entries = await readZipDirectory(file);
    const read = windowReader(file);
    // Go's own reader of this archive knows stored entries only, so that is what it holds.
    const zones = entries.filter(
      (entry) => !entry.deflated && entry.size <= largestZone && zoneName.test(entry.name),
    );
    return new Map(zones.map((entry) => [entry.name, readPacked(read, entry)]));
  } finally {
    await file.close();
  }
}
