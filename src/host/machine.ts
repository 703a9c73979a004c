import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeDirectory } from '../core/files.ts';
import { isToolError, messageOf } from '../core/errors.ts';
import { removeTree } from '../core/temp.ts';
import type { Check } from './check.ts';

const gigabyte = 1e9;

/** The Node that runs this. */
export const node: Check = {
  name: 'node',
  run: async () => ({ state: 'ok', says: `${process.versions.node}, ${process.execPath}` }),
};

export const machine: Check = {
  name: 'machine',
  run: async () => {
    const cores = os.availableParallelism();
    const limit = process.constrainedMemory();
    const memory = limit > 0 && limit < os.totalmem() ? limit : os.totalmem();
    const says = `${process.platform}/${process.arch}, ${cores} core${cores === 1 ? '' : 's'}, ${(memory / gigabyte).toFixed(1)} GB of memory`;
    if (memory < gigabyte) {
      return { state: 'problem', says, hint: 'The Go compiler wants about 1 GB for larger programs.' };
    }
    return { state: 'ok', says };
  },
};

/** Home: writes a file there, in place of reading its permissions. */
export const home: Check = {
  name: 'home',
  run: async (ctx) => {
    const probe = path.join(ctx.home, 'tmp', `doctor-${process.pid}`);
    try {
      await makeDirectory(probe);
      await fs.writeFile(path.join(probe, 'probe'), 'probe');
      await fs.link(path.join(probe, 'probe'), path.join(probe, 'link'));
    } catch (error) {
      return {
        state: 'problem',
        says: `${ctx.home} cannot be written: ${messageOf(error)}`,
        hint: 'Change its owner or mode, or set CORACLE_HOME to a directory that can be written.',
      };
    } finally {
      await removeTree(probe).catch(() => undefined);
    }
    const { bavail, bsize } = await fs.statfs(ctx.home);
    const free = bavail * bsize;
    const says = `${ctx.home}, ${(free / gigabyte).toFixed(1)} GB free`;
    if (free >= gigabyte) return { state: 'ok', says };
    return {
      state: 'problem',
      says,
      hint: 'A Go toolchain and its caches take about 1 GB: free some space (coracle prune), or set CORACLE_HOME.',
    };
  },
};

/** A program that prints its version. */
function program(
  name: string,
  argv: readonly [string, ...string[]],
  otherwise: { says: string; hint: string },
): Check {
  return {
    name,
    run: async (ctx) => {
      try {
        const exit = await ctx.exec({ argv, env: ctx.env, timeout: 5000 });
        const first = exit.stdout.split('\n')[0]?.trim();
        if (exit.code === 0 && first) return { state: 'ok', says: first };
      } catch (error) {
        if (!isToolError(error, 'TOOL_MISSING')) throw error;
      }
      return { state: 'missing', ...otherwise };
    },
  };
}

export const git = program('git', ['git', '--version'], {
  says: 'not there: modules that no proxy has cannot be fetched, and work trees are not compared',
  hint: 'Install the package git.',
});

export const compiler = program('C compiler', ['cc', '--version'], {
  says: 'not there: programs that need cgo cannot be built',
  hint: 'For --cgo, install gcc and libc6-dev (Debian), or gcc and musl-dev (Alpine).',
});
