import { byteKinds, evidences } from '../../golang/ledger/types.ts';
import { accessSorts } from '../../explain/diff/types.ts';
import { nodeKinds } from '../../explain/tree.ts';
import { wasteKinds } from '../../explain/types.ts';
import { bytes, descriptor, list, map, object, text, whole, yes, type Form } from '../form-words.ts';

/** The forms of what `explain` and `diff` print with --json; see schemas.ts. */

const number: Form = { type: 'number' };
const signedBytes: Form = { type: 'integer', description: 'Bytes more than before.' };
const layerIndex: Form = { ...whole, description: 'Counted from 0, the lowest.' };
const kind: Form = { enum: byteKinds };
const groups = ['main', 'module', 'standard', 'runtime', 'generated', 'cgo'];
const module = { path: text, version: text };

const buildModule: Form = {
  type: 'object',
  description: 'As Go has it: path, version, sum, replace.',
};

const binaryFacts = object({
  machine: { ...text, description: 'GOARCH.' },
  class: { enum: [32, 64] },
  littleEndian: yes,
  static: yes,
  pie: yes,
  'interpreter?': text,
  needed: list(text),
  rpath: list(text),
  runpath: list(text),
  versions: list({ type: 'object' }),
  'goVersion?': text,
  'buildInfo?': object({
    goVersion: text,
    'path?': text,
    'main?': buildModule,
    deps: list(buildModule),
    settings: map(text),
  }),
  stripped: yes,
  functionsKnown: yes,
  size: bytes,
});

const ledger = object({
  size: { ...bytes, description: 'Bytes of the file. The bytes of `rows` sum to it, always.' },
  recognised: object({
    form: { enum: ['program', 'pie', 'c-shared', 'plugin', 'object', 'not go'] },
    'packed?': text,
    garbled: yes,
    race: yes,
    cgo: yes,
    'buildId?': text,
    'goBuildId?': text,
  }),
  'binary?': binaryFacts,
  accounts: list(
    object({
      kind: { enum: ['package', 'shared', 'structure', 'unattributed'] },
      name: text,
      group: { enum: [...groups, 'none'] },
      'module?': object(module),
    }),
  ),
  rows: list(
    object({
      account: { ...whole, description: 'Index into `accounts`.' },
      kind,
      evidence: { enum: evidences },
      bytes,
    }),
  ),
  functions: list(
    object({
      name: text,
      account: whole,
      code: bytes,
      inlined: bytes,
      tables: bytes,
      generic: yes,
      'file?': text,
      'line?': whole,
    }),
  ),
  named: list(
    object({
      name: text,
      what: { enum: ['embedded file', 'string', 'data', 'type', 'debug'] },
      account: whole,
      bytes,
    }),
  ),
  sections: list(object({ name: text, offset: whole, bytes, 'unpacked?': bytes })),
  problems: list(text),
});

const sums = object(
  {
    shares: object({ assigned: bytes, shared: bytes, structure: bytes, estimated: bytes, unknown: bytes }),
    groups: list(
      object({
        group: { enum: [...groups, 'shared', 'structure', 'unattributed'] },
        accounts: whole,
        bytes,
      }),
    ),
    kinds: list(object({ kind, bytes })),
    evidence: list(object({ evidence: { enum: evidences }, bytes })),
    modules: list(object({ ...module, group: { enum: groups }, packages: whole, bytes })),
    packages: list(
      object({ name: text, group: { enum: [...groups, 'none'] }, 'module?': text, bytes, kinds: map(bytes) }),
    ),
  },
  { description: 'The ledger added up.' },
);

const costs = object({
  modules: list(
    object({
      ...module,
      own: bytes,
      drop: { ...bytes, description: 'Bytes that would go with it.' },
      alone: list(text),
      chain: list(text),
    }),
  ),
  'imports?': list(object({ from: text, to: text, 'module?': text, drop: bytes, alone: list(text) })),
  advice: list(
    object({ what: text, because: list(text), 'saves?': { type: 'integer' }, measured: yes, fix: text }),
  ),
  'limits?': list(text),
});

const binaryKeys = {
  kind: { const: 'binary' },
  source: text,
  digest: { ...text, description: 'SHA-256 of the content, in hex.' },
  'layer?': layerIndex,
  size: bytes,
  sums,
  ledger,
  'costs?': costs,
};

const amount = object({ files: whole, bytes });
const finding = list(object({ path: text, layer: layerIndex, detail: text }));

const tree = object(
  {
    kinds: list({ enum: nodeKinds }),
    names: list(text),
    parent: list({ type: 'integer', minimum: -1 }),
    bytes: list({ ...bytes, description: 'With those of all below.' }),
    kind: list({ ...whole, description: 'Index into `kinds`.' }),
    notes: list({ type: 'array', description: 'Node and text.' }),
    waste: list({ type: 'array', description: 'Node and why.' }),
  },
  { description: 'A tree in columns: node 0 is the root, a parent comes before its children.' },
);

const filesKeys = {
  fileCount: whole,
  efficiency: { ...number, minimum: 0, maximum: 1, description: 'See docs/explain.md.' },
  waste: list(
    object({
      kind: { enum: wasteKinds },
      bytes,
      path: text,
      detail: text,
      layer: layerIndex,
      'causedBy?': layerIndex,
      fix: text,
    }),
  ),
  access: object({
    setuid: finding,
    capabilities: finding,
    worldWritable: finding,
    devices: finding,
    users: list(object({ name: text, uid: whole, shell: text })),
    shells: list(text),
    packageManagers: list(text),
  }),
  binaries: list(object(binaryKeys)),
  files: list(
    object({
      path: text,
      kind: { enum: nodeKinds },
      bytes,
      'sha256?': text,
      'waste?': text,
      'note?': text,
    }),
  ),
  trees: object({ 'layers?': tree, 'files?': tree, 'modules?': tree }),
  problems: list(text),
};

const cause = object({
  what: text,
  name: text,
  'from?': text,
  'to?': text,
  bytes: signedBytes,
  because: list(text),
});

const state = object({ at: whole, source: text, 'digest?': text, 'revision?': text });
const budget = list(
  object({
    text,
    subject: text,
    'name?': text,
    relation: { enum: ['<', '<=', '>', '>='] },
    limit: number,
    unit: { enum: ['bytes', 'count', 'share'] },
    state: { enum: ['kept', 'broken', 'absent', 'not applicable'] },
    broken: whole,
    'worst?': object({ 'name?': text, value: number }),
    'since?': object({ 'kept?': state, 'broke?': state, causes: list(cause) }),
  }),
);

const schema = { const: 'coracle.explain/v1' };

export const explainForm = {
  oneOf: [
    object({
      schema,
      kind: { const: 'image' },
      source: text,
      descriptor,
      platform: text,
      size: { ...bytes, description: 'Bytes of manifest, config and compressed layers.' },
      unpacked: bytes,
      config: { type: 'object', description: "The image's config, as it is (OCI image-spec, config.md)." },
      layers: list(
        object({
          index: layerIndex,
          digest: text,
          diffId: text,
          mediaType: text,
          size: bytes,
          unpacked: bytes,
          overhead: bytes,
          'createdBy?': text,
          from: { enum: ['history', 'graph', 'unknown'] },
          added: amount,
          changed: amount,
          removed: amount,
        }),
      ),
      dockerfile: text,
      ...filesKeys,
      'budget?': budget,
    }),
    object({
      schema,
      kind: { const: 'directory' },
      source: text,
      size: bytes,
      ...filesKeys,
      'budget?': budget,
    }),
    object({ schema, ...binaryKeys, 'budget?': budget }),
  ],
};

const side = object({
  kind: { enum: ['image', 'binary', 'directory'] },
  source: text,
  'digest?': text,
  'created?': text,
  'revision?': text,
});
const layerSide = object({
  index: layerIndex,
  diffId: text,
  size: bytes,
  unpacked: bytes,
  'createdBy?': text,
});
const change = { enum: ['added', 'removed', 'changed'] };

export const diffForm = object({
  before: side,
  after: side,
  totals: list(
    object({ what: text, unit: { enum: ['bytes', 'count', 'share'] }, 'before?': number, 'after?': number }),
  ),
  causes: list(cause),
  layers: list(
    object({
      state: { enum: ['same', 'changed', 'added', 'removed'] },
      'before?': layerSide,
      'after?': layerSide,
    }),
  ),
  files: list(object({ path: text, state: change, before: bytes, after: bytes, 'layer?': layerIndex })),
  programs: list(
    object({
      path: text,
      state: change,
      before: bytes,
      after: bytes,
      'goBefore?': text,
      'goAfter?': text,
      modules: list(
        object({
          path: text,
          state: { enum: ['added', 'removed', 'updated', 'changed'] },
          'from?': text,
          'to?': text,
          before: bytes,
          after: bytes,
        }),
      ),
      packages: list(object({ name: text, before: bytes, after: bytes })),
    }),
  ),
  access: list(
    object({
      what: { enum: accessSorts },
      name: text,
      state: change,
      'before?': text,
      'after?': text,
    }),
  ),
  config: list(object({ key: text, 'before?': text, 'after?': text })),
});
