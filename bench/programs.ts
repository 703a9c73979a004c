import { createCipheriv } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { call } from '../test/components/program.ts';

export interface Subject {
  readonly name: string;
  /** A Git repository of its own. */
  readonly directory: string;
  /** Changes one line of the program; each value makes another program. */
  change(value: string): void;
}

const example = path.join(import.meta.dirname, '..', 'examples', 'gin-api');

/** The example service in a repository of its own, with `extra` megabytes of embedded files. */
export async function subject(home: string, name: string, extra: number): Promise<Subject> {
  const directory = path.join(home, name);
  cpSync(example, directory, { recursive: true });
  if (extra > 0)
    writeFileSync(path.join(directory, 'internal', 'web', 'static', 'assets.bin'), assets(extra));
  const git = async (...args: string[]): Promise<unknown> =>
    call(['git', '-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], { cwd: directory });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '--quiet', '--message=as it is');
  const file = path.join(directory, 'internal', 'handler', 'health.go');
  const text = readFileSync(file, 'utf8');
  if (!text.includes('"alive"')) throw new Error('the line to change is gone from health.go');
  return {
    name,
    directory,
    change: (value) => writeFileSync(file, text.replace('"alive"', `"alive ${value}"`)),
  };
}

/** Bytes that gzip halves about, as it does with programs: the same on every machine. */
function assets(megabytes: number): Buffer {
  const random = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const bytes = Buffer.alloc(megabytes * 1_000_000);
  const noise = random.update(Buffer.alloc(bytes.length / 2));
  for (let at = 0; at < noise.length; at += 32) {
    noise.copy(bytes, at * 2, at, at + 32);
    bytes.write('the same words again and again..', at * 2 + 32, 'latin1');
  }
  return bytes;
}
