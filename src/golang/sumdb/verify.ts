/**
 * Proof that a module's hash is the one the whole world sees (go.dev/ref/mod#checksum-database): the record is in a tree whose root
 * the database signed, and that tree continues the last one seen here. GONOSUMDB and GOFLAGS=-insecure play no part: what asks
 * is about to run the bytes.
 */
import path from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import { withLock } from '../../core/lock.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { GoEnv } from '../goenv.ts';
import { escapePath } from '../proxy.ts';
import { openNote } from './note.ts';
import type { Verifier } from './note.ts';
import { openSumDatabase } from './source.ts';
import type { SumDatabase } from './source.ts';
import { tileReader } from './tiles.ts';
import { consistencyProof, continues, includes, inclusionProof, recordHash } from './tree.ts';
import type { Tree } from './tree.ts';

/**
 * Checks that the checksum database holds `h1` for `path@version`.
 * @throws ToolError CHECKSUM_MISMATCH when it holds another hash or cannot prove what it says; TOOLCHAIN_FETCH when it does not
 * know the module or is switched off; NETWORK, CONFIG_INVALID
 */
export async function verifyModuleHash(
  ctx: Ctx,
  env: GoEnv,
  modulePath: string,
  version: string,
  h1: string,
): Promise<void> {
  const database = await openSumDatabase(ctx, env);
  if (!database) {
    throw new ToolError('TOOLCHAIN_FETCH', `GOSUMDB=off: nobody can vouch for ${modulePath}@${version}`, {
      hint: 'Unset GOSUMDB, or use a coracle.lock that holds the hash.',
    });
  }
  const known = await lookUp(ctx, database, modulePath, version);
  if (known !== h1) {
    throw new ToolError(
      'CHECKSUM_MISMATCH',
      `${modulePath}@${version} is not what the checksum database knows`,
      {
        detail: `fetched:  ${h1}\n${database.verifier.name}: ${known}`,
        hint: 'Somebody between here and there changes files. Nothing of it was used; ask who runs the proxy in GOPROXY.',
      },
    );
  }
}

/**
 * The hash that the checksum database holds for `path@version`, proven; undefined with GOSUMDB=off.
 * @throws ToolError as verifyModuleHash
 */
export async function publishedModuleHash(
  ctx: Ctx,
  env: GoEnv,
  modulePath: string,
  version: string,
): Promise<string | undefined> {
  const database = await openSumDatabase(ctx, env);
  return database && lookUp(ctx, database, modulePath, version);
}

/** The hash that the database holds, proven. */
async function lookUp(ctx: Ctx, database: SumDatabase, modulePath: string, version: string): Promise<string> {
  const { verifier, read } = database;
  const answer = await read(`lookup/${escapePath(modulePath)}@${escapePath(version)}`);
  if (!answer) {
    throw new ToolError(
      'TOOLCHAIN_FETCH',
      `the checksum database ${verifier.name} does not know ${modulePath}@${version}`,
    );
  }
  const { id, record, note } = parseLookup(answer, verifier);
  const tree = readTree(note, verifier);
  if (!tree) throw untrusted(verifier, 'its answer bears no valid signature');
  const head = await mergeTree(ctx, database, { tree, note });
  const proof = id < head.size ? await inclusionProof(tileReader(read, head.size), id, head.size) : [];
  if (!includes(head, id, recordHash(record), proof))
    throw untrusted(verifier, `record ${id} is not in the tree that it signed`);
  const prefix = `${modulePath} ${version} `;
  const line = record.split('\n').find((text) => text.startsWith(prefix));
  if (line === undefined)
    throw untrusted(verifier, `record ${id} is about another module than ${modulePath}@${version}`);
  return line.slice(prefix.length);
}

/** An answer is the record's number, its lines, an empty line, and the signed tree. */
function parseLookup(answer: Buffer, verifier: Verifier): { id: number; record: string; note: Buffer } {
  const end = answer.indexOf('\n\n');
  const [, digits, record] = /^(\d{1,15})\n(.+\n)$/s.exec(answer.subarray(0, end + 1).toString('utf8')) ?? [];
  if (end < 0 || digits === undefined || record === undefined)
    throw untrusted(verifier, 'its answer has not the form of a record');
  return { id: Number(digits), record, note: answer.subarray(end + 2) };
}

/** `go.sum database tree`, the size, the root in base64; more lines may follow. */
export function readTree(note: Uint8Array, verifier: Verifier): Tree | undefined {
  const [title, digits, encoded] = openNote(note, verifier)?.split('\n') ?? [];
  if (title !== 'go.sum database tree' || !digits || !/^\d{1,15}$/.test(digits) || encoded === undefined)
    return undefined;
  const root = Buffer.from(encoded, 'base64');
  return root.length === 32 && root.toString('base64') === encoded
    ? { size: Number(digits), root }
    : undefined;
}

interface SignedTree {
  readonly tree: Tree;
  readonly note: Uint8Array;
}

/** Proves that `fresh` and the last tree seen are of one history, and gives (and keeps) the larger of them. */
async function mergeTree(ctx: Ctx, database: SumDatabase, fresh: SignedTree): Promise<Tree> {
  const { verifier, read } = database;
  const directory = path.join(ctx.home, 'sumdb', verifier.name.replaceAll('/', '_'));
  return withLock(ctx, path.join(directory, 'lock'), async () => {
    const file = path.join(directory, 'latest');
    const bytes = await readFileIfThere(file);
    const kept = bytes && readTree(bytes, verifier);
    const [old, larger] = kept && kept.size > fresh.tree.size ? [fresh.tree, kept] : [kept, fresh.tree];
    if (old && old.size > 0) {
      const proof =
        old.size < larger.size
          ? await consistencyProof(tileReader(read, larger.size), old.size, larger.size)
          : [];
      if (!continues(old, larger, proof)) {
        throw new ToolError(
          'CHECKSUM_MISMATCH',
          `the checksum database ${verifier.name} shows two histories that do not fit`,
          {
            detail: `seen before:\n${bytes?.toString('utf8') ?? ''}\nshown now:\n${Buffer.from(fresh.note).toString('utf8')}`,
            hint: `One of them is forged: do not trust this network or proxy. The tree seen before is in ${file}.`,
          },
        );
      }
    }
    if (larger === fresh.tree && kept?.size !== larger.size) await writeFileAtomic(file, fresh.note);
    return larger;
  });
}

function untrusted(verifier: Verifier, why: string): ToolError {
  return new ToolError(
    'CHECKSUM_MISMATCH',
    `the checksum database ${verifier.name} cannot be believed: ${why}`,
    {
      hint: 'Somebody between here and there changes its answers. Nothing of them was used; ask who runs the proxy in GOPROXY.',
    },
  );
}
