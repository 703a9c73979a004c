import type { Claims } from './claims.ts';
import { lastAtMost } from './growing.ts';
import { byCode } from './objects.ts';
import type { Objects } from './objects.ts';
import { nobody } from './owners.ts';
import type { Program } from './program.ts';
import type { SpanIndex } from './spans.ts';

/** Claims the records of relocations for those whose words they relocate. What relocates nothing of a known owner stays unclaimed. */
export function claimRelocations(program: Program, known: SpanIndex, objects: Objects, claims: Claims): void {
  const { moduledata, relocations } = program;
  const structure = claims.other('structure', 'relocations');
  for (let index = 0; index < relocations.count; index++) {
    const place = program.offsetOf(relocations.slot[index] ?? -1);
    const record = relocations.record[index] ?? 0;
    const size = relocations.recordSize[index] ?? 0;
    const typed = known.accountAt(place);
    if (typed !== nobody) {
      claims.add(record, size, typed, 'relocations', 'type data');
      continue;
    }
    if (moduledata && place >= moduledata.offset && place < moduledata.offset + moduledata.size) {
      claims.add(record, size, structure, 'relocations', 'structure');
      continue;
    }
    const object = lastAtMost(objects.start, place);
    const owner = objects.owner[object] ?? nobody;
    if (owner !== nobody)
      claims.add(
        record,
        size,
        owner,
        'relocations',
        objects.how[object] === byCode ? 'code reference' : 'data reference',
      );
  }
}
