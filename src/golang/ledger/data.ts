import type { Claims } from './claims.ts';
import { walkCode } from './code-walk.ts';
import { findDataReferences } from './data-references.ts';
import { findEmbeddedFiles, insideFiles } from './embedded.ts';
import { makeImports } from './imports.ts';
import { inlineOwners } from './inline-owners.ts';
import { claimItabs } from './itabs.ts';
import { makeNaming } from './naming.ts';
import type { Naming } from './naming.ts';
import { byCode, makeObjects } from './objects.ts';
import type { Objects } from './objects.ts';
import { nobody, ownersOf } from './owners.ts';
import { functionOwners } from './owners-functions.ts';
import type { Opened } from './program-open.ts';
import type { Program } from './program.ts';
import { makeReferences, settledWith } from './references.ts';
import { regionsOf } from './regions.ts';
import type { Regions } from './regions.ts';
import { claimRelocations } from './relocations-claims.ts';
import { partsOfC } from './sections-c.ts';
import { makeSpans } from './spans.ts';
import type { SpanIndex } from './spans.ts';
import { isText } from './strings.ts';
import { openTypes } from './types-graph.ts';
import { linkedTypes, walkTypes } from './types-walk.ts';

/**
 * Claims a Go program's data: type data by the graph of types, everything else by who refers to it, code first, then data that has an
 * owner by then, and relocations by what they relocate. Strings and tables have no symbols in a stripped file, so that an object is
 * what lies between two places that something refers to.
 */
export function claimData(opened: Opened, claims: Claims): void {
  const { program } = opened;
  const { moduledata, pclntab } = program;
  if (!moduledata || !pclntab) return;
  const { offset, size } = moduledata;
  claims.add(
    offset,
    size,
    claims.other('structure', 'description of the program for the runtime'),
    'data',
    'structure',
  );
  const imports = makeImports();
  const owners = ownersOf(claims, imports);
  const regions = regionsOf(program, partsOfC(opened));
  const spans = makeSpans(claims);
  const references = makeReferences(owners);
  const inside = makeReferences(owners);
  const functions = functionOwners(pclntab, claims);
  const inlined = inlineOwners(opened, claims);
  const unread = walkCode(
    opened,
    regions,
    { ofFunction: functions.ownerOf, inlined },
    {
      data: references.add,
      inside: inside.add,
      inlines: (account, owner) => {
        if (!functions.isRuntime(owner)) imports.add(owner, account);
      },
      call: (index, owner) => {
        const callee = functions.ownerOf(index);
        if (callee !== nobody && !functions.isRuntime(owner)) imports.add(owner, callee);
      },
    },
  );
  if (unread !== undefined) claims.problem(unread);
  const types = openTypes(program, moduledata);
  if (types) {
    const walk = walkTypes(types, spans, claims, owners, (target, owner) => {
      if (target > 0 && regions.has(target)) references.add(target, owner);
    });
    linkedTypes(types, moduledata, (type, link) => {
      if (walk.from(type) && link > 0) spans.add(link, 4, walk.ownerOf(type), 'types', 'type data');
    });
    claimItabs(types, moduledata, walk, spans);
    references.each((target) => {
      if (target >= types.start && target < types.end) walk.from(target);
    });
    walk.claim();
  }
  const known = spans.index();
  const isVariable = variableTest(program, regions);
  const code = settledWith(references.settle(isVariable), inside.settle(isVariable), owners.shared);
  const embedded = findEmbeddedFiles(program, regions);
  const data = findDataReferences(program, { regions, known, code: code.target, embedded });
  const inFile = insideFiles(embedded);
  const objects = makeObjects(code, data, owners, {
    skip: (offset) => known.covers(offset) || inFile(offset),
    isVariable,
  });
  const naming = makeNaming(program, claims, embedded);
  claimObjects(objects, regions, known, naming, claims);
  claimRelocations(program, known, objects, claims);
  naming.files(objects, owners.shared);
}

/** Constants of up to 16 bytes are kept once for all packages that use them, as texts are. */
const longestConstant = 16;
const sample = 64;

function variableTest({ bytes }: Program, regions: Regions): (from: number, to: number) => boolean {
  return (from, to) =>
    regions.writable(from) ||
    (to - from > longestConstant && !isText(bytes.subarray(from, Math.min(to, from + sample))));
}

/** Claims all objects that have an owner, and names the large ones. */
function claimObjects(
  objects: Objects,
  regions: Regions,
  known: SpanIndex,
  naming: Naming,
  claims: Claims,
): void {
  const { start, owner, how } = objects;
  for (let index = 0; index < start.length; index++) {
    if (how[index] === 0) continue;
    const from = start[index] ?? 0;
    const to = Math.min(
      start[index + 1] ?? Number.POSITIVE_INFINITY,
      known.nextStart(from),
      regions.barrierAfter(from),
    );
    const account = owner[index] ?? nobody;
    const kind = regions.writable(from) ? 'data' : 'read-only data';
    claims.add(from, to - from, account, kind, how[index] === byCode ? 'code reference' : 'data reference');
    naming.object(from, to, account);
  }
}
