/** Finds the probe of an image of the store and starts it, as whoever runs this: HOME NAME. Prints both as JSON. */
import { findProbe } from '../../../src/compare/measure/find-probe.ts';
import { measureStarts } from '../../../src/compare/measure/starts.ts';
import type { Ctx } from '../../../src/core/ctx.ts';
import { run } from '../../../src/core/exec.ts';
import { createFetch } from '../../../src/core/http.ts';
import { openStore } from '../../../src/store/store.ts';

const [, , home = '', name = ''] = process.argv;
const { signal } = new AbortController();
const ctx: Ctx = {
  ...{ signal, env: process.env, cwd: home, home },
  now: () => new Date(),
  emit: () => undefined,
  exec: async (command) => run(command, signal),
  fetch: createFetch(process.env, signal),
};
const found = await (await openStore(ctx)).refs.get(name);
if (!found) throw new Error(`${name} is not there`);
const image = { reference: name, descriptor: found.descriptor };
const probe = await findProbe(ctx, [image]);
const [figures] = await measureStarts(ctx, [image], probe, 2);
process.stdout.write(JSON.stringify({ probe, figures, uid: process.getuid?.() }));
