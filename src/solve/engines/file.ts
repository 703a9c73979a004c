import { createReadStream } from 'node:fs';
import path from 'node:path';
import { ToolError } from '../../core/errors.ts';
import type { Compression } from '../../layer/compress.ts';
import type { Entry } from '../../layer/entry.ts';
import { buildLayer } from '../../layer/build-layer.ts';
import type { Store } from '../../store/store.ts';
import type { FileAction, Snapshot } from '../graph.ts';
import type { Engine } from '../solver.ts';

export interface FileEngineOptions {
  readonly compression: Compression;
  readonly mediaTypes: 'oci' | 'docker';
}

/** The version of what this engine writes: raise it when the same key would give other bytes. */
const format = '1';

/**
 * Writes a layer from entries and inputs' files, straight into the store; no root file system is ever touched.
 * @param signal ends a layer that is being written
 */
export function fileEngine(store: Store, options: FileEngineOptions, signal?: AbortSignal): Engine<'file'> {
  return {
    key: async (op, inputs) => ({
      format,
      compression: JSON.stringify(options),
      ...Object.fromEntries(
        op.actions.map((action, index) => [`action ${index}`, actionKey(action, inputs)]),
      ),
    }),
    run: async (op, inputs) => {
      const entries = await collect(op.actions, inputs, signal);
      const layer = await buildLayer(
        withParents(entries),
        { compression: options.compression, mediaTypeFamily: options.mediaTypes },
        store.blobs,
      );
      return { layers: [{ id: `diff:${layer.diffId}`, what: '', reused: false, blob: layer }] };
    },
  };
}

function actionKey(action: FileAction, inputs: readonly Snapshot[]): string {
  if (action.kind === 'entries') return action.key;
  const { digest } = executableOf(inputs[action.input]);
  return JSON.stringify([action.to, action.mode, action.mtime, digest]);
}

async function collect(
  actions: readonly FileAction[],
  inputs: readonly Snapshot[],
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  for (const action of actions) {
    if (action.kind === 'entries') {
      for (const entry of await action.entries()) entries.set(entry.path, entry);
      continue;
    }
    const from = executableOf(inputs[action.input]);
    entries.set(action.to, {
      path: action.to,
      type: 'file',
      mode: action.mode,
      uid: 0,
      gid: 0,
      mtime: action.mtime,
      size: from.size,
      content: () => createReadStream(from.path, { highWaterMark: 256 * 1024, ...(signal && { signal }) }),
    });
  }
  return [...entries.values()];
}

function executableOf(input: Snapshot | undefined): NonNullable<Snapshot['executable']> {
  if (!input?.executable)
    throw new ToolError('INTERNAL', 'a file op copies from an input that has no executable');
  return input.executable;
}

/** Adds the directories that entries stand in and nobody listed, and puts all in an order in which parents come first. */
function withParents(entries: readonly Entry[]): Entry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const entry of entries) {
    for (let parent = path.posix.dirname(entry.path); parent !== '.'; parent = path.posix.dirname(parent)) {
      if (all.has(parent)) continue;
      all.set(parent, {
        path: parent,
        type: 'directory',
        mode: parentMode(parent),
        uid: 0,
        gid: 0,
        mtime: entry.mtime,
        size: 0,
      });
    }
  }
  // By bytes, not by locale: the order is part of the digest.
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** A file put into /tmp must not take /tmp's own mode away from the layers below. */
function parentMode(directory: string): number {
  return directory === 'tmp' || directory === 'var/tmp' ? 0o1777 : 0o755;
}
