import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { answers, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { findProgram, installed } from './program.ts';

export const hasPrometheus = installed('prometheus');

/** Debian's Prometheus with an empty database, which has `rules` (names of series and their expressions) evaluated each second. */
export async function startPrometheus(
  rules: readonly { readonly record: string; readonly expr: string; readonly labels?: object }[],
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-prometheus-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const config = path.join(directory, 'prometheus.yml');
  const groups = [{ name: 'test', interval: '1s', rules }];
  await writeFile(path.join(directory, 'rules.yml'), JSON.stringify({ groups })); // which is YAML too
  await writeFile(config, JSON.stringify({ rule_files: ['rules.yml'] }));
  const daemon = await startDaemon({
    argv: [
      findProgram('prometheus') ?? 'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
    ],
    ready: async () => answers(`${url}/-/ready`, 200),
  });
  return {
    url,
    async stop() {
      await daemon.stop();
      await removeTree(directory);
    },
  };
}
