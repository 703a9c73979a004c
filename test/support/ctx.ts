import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Ctx, Env } from '../../src/core/ctx.ts';
import type { Event } from '../../src/core/event.ts';
import { run } from '../../src/core/exec.ts';
import { createFetch } from '../../src/core/http.ts';
import { removeTree } from '../../src/core/temp.ts';

/** A fresh directory, removed when the test ends. */
export function tempDir(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'coracle-test-'));
  onTestFinished(async () => removeTree(directory));
  return directory;
}

/** As tempDir, for beforeAll: the caller removes it with the function given back. */
export function sharedTempDir(): { directory: string; remove: () => void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'coracle-test-'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface TestCtx extends Ctx {
  readonly events: Event[];
  readonly abort: (reason?: Error) => void;
}

/** A real Ctx over a temporary home; the environment is this process's own with `env` on top. */
export function testCtx(
  overrides: { env?: Env; cwd?: string; home?: string; now?: () => Date } = {},
): TestCtx {
  const controller = new AbortController();
  const home = overrides.home ?? tempDir();
  const env: Env = { ...process.env, CORACLE_HOME: home, ...overrides.env };
  const events: Event[] = [];
  return {
    signal: controller.signal,
    env,
    cwd: overrides.cwd ?? home,
    home,
    events,
    abort: (reason) => controller.abort(reason ?? new Error('interrupted')),
    now: overrides.now ?? (() => new Date()),
    emit: (event) => events.push(event),
    exec: async (command) => run(command, controller.signal),
    fetch: createFetch(env, controller.signal),
  };
}
