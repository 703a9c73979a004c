import { createHash } from 'node:crypto';
import { caBundleDigest } from '../base/ca-bundle.ts';
import { checkRuns } from '../base/check.ts';
import { chooseBase, describeBase, explainBase } from '../base/choose.ts';
import { baseEntries, baseRevision } from '../base/entries.ts';
import { zoneinfoZip } from '../golang/toolchain.ts';
import type { Entry } from '../layer/entry.ts';
import type { Vertex } from '../solve/graph.ts';
import type { Base, BaseMaking, Compiled } from './bases.ts';

/** Base layers stand on no clock: the same files are the same layer in every build of every program. */
const baseTime = 0;

/** Files of Coracle's own: `auto` for a static program, `static`, `scratch`. */
export async function ownBase(
  { request, plan, extraCa }: BaseMaking,
  { binary, program }: Compiled,
): Promise<Base> {
  const { name } = request.base;
  const wanted = name === 'scratch' || name === 'static' ? name : 'auto';
  const choice = chooseBase(binary, { wanted, env: request.image.env, extraCa: extraCa.length > 0 });
  const user = numericUser(request.image.user);
  const options = {
    mtime: baseTime,
    zoneinfo: zoneinfoZip(plan.toolchain),
    extraCa,
    ...(user ? { user } : {}),
  };
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        baseRevision,
        choice.parts,
        choice.zones,
        plan.after.zoneinfo?.digest,
        caBundleDigest,
        extraCa,
        user,
      ]),
    )
    .digest('hex');
  const vertex: Vertex =
    choice.parts.length === 0
      ? { op: { kind: 'merge' }, inputs: [] }
      : {
          name: `layer base ${choice.name}`,
          inputs: [],
          op: {
            kind: 'file',
            actions: [{ kind: 'entries', key, entries: async () => baseEntries(choice, options) }],
          },
        };
  return {
    vertex,
    name: describeBase(choice),
    reasons: explainBase(choice),
    check: async () => {
      const tree = async (): Promise<Map<string, Entry>> =>
        new Map((await baseEntries(choice, options)).map((entry) => [entry.path, entry]));
      await checkRuns(binary, tree, { base: choice.name, program });
    },
  };
}

/** `1000` or `1000:1000`; undefined for a name, which only an image's own passwd can tell. */
export function numericUser(user: string | undefined): { uid: number; gid: number } | undefined {
  const form = /^(\d+)(?::(\d+))?$/.exec(user ?? '');
  return form ? { uid: Number(form[1]), gid: Number(form[2] ?? form[1]) } : undefined;
}
