import { createHash, randomFillSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { call } from '../test/components/program.ts';
import type { Case } from './case.ts';
import { measure } from './measure.ts';
import type { Workshop } from './workshop.ts';

const layers = 5;
const layerBytes = 100_000_000;

/** Copying an image of five layers of 100 MB to a repository that does not have it yet. */
export function copying(at: Workshop): Case {
  const source = `${at.registry.host}/big:latest`;
  const target = (who: string, round: number): string => `${at.other.host}/${who}-${round}:latest`;
  const seconds = async (argv: readonly [string, ...string[]]): Promise<number> =>
    (await measure({ argv, cwd: at.home, env: at.coracleEnv })).ms / 1000;
  return {
    work: 'copying a 500 MB image between registries',
    unit: 's',
    rounds: 5,
    target: {
      words: 'no slower than crane',
      reached: (medians) => (medians['ours'] ?? Infinity) <= (medians['crane'] ?? 0),
    },
    async warmUp() {
      const layout = path.join(at.home, 'big');
      writeLayout(layout);
      await call([at.crane, 'push', layout, source]);
    },
    contenders: {
      ours: async (round) => seconds([at.coracle, 'copy', source, target('ours', round)]),
      crane: async (round) => seconds([at.crane, 'copy', source, target('crane', round)]),
    },
  };
}

/** An OCI layout whose layers do not compress, as layers that are compressed already do not. */
function writeLayout(directory: string): void {
  const blobs = path.join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Buffer): { mediaType: string; digest: string; size: number } => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path.join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const made = Array.from({ length: layers }, () =>
    put('application/vnd.oci.image.layer.v1.tar', tar(layerBytes)),
  );
  const config = put(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: made.map(({ digest }) => digest) },
      }),
    ),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(
    mediaType,
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: made })),
  );
  writeFileSync(
    path.join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [manifest] }),
  );
  writeFileSync(path.join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

/** A tar of one file of random bytes, `size` bytes in all. */
function tar(size: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(size / 512) * 512);
  const content = bytes.length - 3 * 512;
  bytes.write('data', 0, 'latin1');
  bytes.write(
    `0000644\0${'0000000\0'.repeat(2)}${content.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`,
    100,
    'latin1',
  );
  bytes.write('        0', 148, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  randomFillSync(bytes, 512, content);
  return bytes;
}
