import { availableParallelism, cpus, release } from 'node:os';
import { step } from '../build/times.ts';
import type { Ctx } from '../core/ctx.ts';
import { withTempDir } from '../core/temp.ts';
import { formatPlatform } from '../oci/platform.ts';
import { openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { buildAll } from './build-all.ts';
import type { Workshop } from './build-method.ts';
import { decide } from './decision.ts';
import { warningOnce } from './events.ts';
import { makeMethod } from './make-methods.ts';
import { measureAll } from './measure-all.ts';
import { findProgram, severalPrograms } from './program.ts';
import { isPassing } from './references.ts';
import type { CompareRequest } from './request.ts';
import { resultOf } from './rows.ts';
import type { Row } from './rows.ts';
import type { Comparison, MethodResult } from './types.ts';
import { withMethod } from './with.ts';
import { openWorkshop } from './workshop.ts';

/**
 * Builds one program by several methods, starts each result, and measures. A method that fails is a result with its cause. Wants to be root, of
 * the machine or of a user namespace.
 * @throws ToolError when the program cannot be found, or nothing can be run on this machine; what interrupts it
 */
export async function compare(outer: Ctx, request: CompareRequest): Promise<Comparison> {
  const ctx = warningOnce(outer);
  const at = ctx.now().toISOString();
  const program = await step(ctx, `program ${request.what}`, async () => findProgram(ctx, request));
  const store = await openStore(ctx);
  return withTempDir(ctx, async (temp) => {
    const shop = await openWorkshop(ctx, store, program, request.access, temp);
    const rows: Row[] = request.methods.map((name) => ({ method: makeMethod(shop, name) }));
    for (const name of request.with)
      rows.push({ method: await withMethod(ctx, program, request.access, name) });
    await buildAll(ctx, store, shop, rows);
    const found = await measureAll(ctx, store, program, request, rows);
    await forgetPassing(store);
    const results: MethodResult[] = [];
    for (const row of rows) results.push(resultOf(row, await statementOf(ctx, shop, row)));
    return {
      ...{ what: request.what, program: program.name, at, machine: machineOf() },
      platform: formatPlatform(program.platform),
      goVersion: program.toolchain.version,
      cgo: program.cgo !== false,
      ...{ probe: found.probe, starts: request.starts, results },
      decision: await decide(ctx, store, program, results),
      // What must be said of bases stands at the results.
      notes: [...severalPrograms(request.what, program, 'started'), ...program.notes, ...found.notes],
    };
  });
}

/** Layers stay for as long as the store keeps what has no name, so that the next comparison finds them. */
async function forgetPassing({ refs }: Store): Promise<void> {
  for (const { name } of await refs.list()) if (isPassing(name)) await refs.remove(name);
}

/** What has to be said of the base that a method stands on. */
async function statementOf(
  ctx: Ctx,
  { bases }: Workshop,
  { method, built }: Row,
): Promise<string | undefined> {
  const { recipe, apart = false } = method;
  if (!recipe || recipe.onto === 'scratch' || apart || !built) return undefined;
  return (await bases.get(ctx, recipe.onto, recipe)).statement;
}

function machineOf(): Comparison['machine'] {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    kernel: release(),
  };
}
