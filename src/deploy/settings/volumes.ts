import type { VolumeConfig } from '../../config/deploy.ts';
import type { ContainerSettings } from '../types.ts';
import type { Keys, Reader } from './reader.ts';

type Volumes = ContainerSettings['volumes'];

/** @throws ToolError CONFIG_INVALID for a path that is not absolute, leaves itself, or is taken twice */
export function volumesOf(
  reader: Reader,
  keys: Keys,
  volumes: readonly (string | VolumeConfig)[] = [],
): Volumes {
  const seen = new Set<string>();
  return volumes.map((written, index) => {
    const at = [...keys, index];
    const volume = typeof written === 'string' ? parseVolume(reader, at, written) : written;
    checkSource(reader, at, volume.source);
    checkTarget(reader, at, volume.target);
    if (seen.has(volume.target)) throw reader.fail(at, `two volumes are mounted at ${volume.target}`);
    seen.add(volume.target);
    return volume;
  });
}

function parseVolume(reader: Reader, keys: Keys, text: string): VolumeConfig {
  const [source, target, mode, ...more] = text.split(':');
  const known = mode === undefined || mode === 'ro' || mode === 'rw';
  if (source === undefined || target === undefined || !known || more.length > 0) {
    throw reader.fail(
      keys,
      `${JSON.stringify(text)} is no volume`,
      'Write it as uploads:/srv/uploads, or /srv/data:/data:ro.',
    );
  }
  return { source, target, readOnly: mode === 'ro' };
}

function checkSource(reader: Reader, keys: Keys, source: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/.test(source) || isPath(source)) return;
  const relative = /^(\.|~|.*\/)/.test(source);
  throw reader.fail(
    keys,
    `${JSON.stringify(source)} is neither a volume's name nor an absolute path`,
    relative ? 'A path on a host is absolute; files of this machine do not get there.' : undefined,
  );
}

function checkTarget(reader: Reader, keys: Keys, target: string): void {
  if (!isPath(target) || target === '/')
    throw reader.fail(keys, `${JSON.stringify(target)} is no directory to mount something at`);
}

/** Absolute, without `..`, and without what `--mount` and `--volume` would take for the end of it. */
export function isPath(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^\/[^:,"\u0000-\u001F\u007F]*$/.test(text) && !text.split('/').includes('..');
}
