/**
 * The forms of the documents that --json prints, as JSON Schemas (draft 2020-12): data from which docs/schemas is written, and against which
 * tests hold what the verbs really print. A form only grows: a key is never taken away or given another meaning under the same `schema`.
 */

import {
  bytes,
  descriptor,
  digest,
  list,
  map,
  milliseconds,
  object,
  text,
  whole,
  yes,
  type Form,
} from './form-words.ts';
import { compareFlagsForm } from './compare-flags-form.ts';
import { composeExportForm, composeImportForm, configForm } from './config/forms.ts';
import { compareForm } from './compare/forms.ts';
import { baseBuildForm, baseListForm, baseShowForm, baseVerifyForm } from './base/forms.ts';
import * as looked from './deploy/look-forms.ts';
import { deployForm, shipForm } from './deploy/result-forms.ts';
import { diffForm, explainForm } from './explain/forms.ts';

const builtPlatform = object({
  platform: text,
  descriptor,
  configDigest: digest,
  'base?': object({ name: text, 'digest?': text, reasons: list(text) }),
  size: { ...bytes, description: 'Bytes of all layers, compressed.' },
  uncompressedSize: bytes,
  layers: list(
    object({ digest, mediaType: text, size: bytes, uncompressedSize: bytes, what: text, reused: yes }),
  ),
  'go?': object({ version: text, origin: { enum: ['host', 'fetched'] } }),
});

const builtImage = object({
  program: text,
  'package?': text,
  references: list(text),
  descriptor: { ...descriptor, description: 'The manifest, or the index of several platforms.' },
  platforms: list(builtPlatform),
  pushed: list(text),
  notes: list(text),
});

const copied = {
  from: text,
  to: text,
  descriptor,
  copied: { ...whole, description: 'Blobs that were sent.' },
  mounted: { ...whole, description: 'Blobs that the registry took from another of its repositories.' },
  present: { ...whole, description: 'Blobs that were there already.' },
  bytes: { ...bytes, description: 'Bytes of the blobs that were sent.' },
};

const toolchain = {
  version: text,
  goroot: text,
  go: text,
  origin: { enum: ['host', 'fetched'] },
  'hash?': { ...text, description: 'What proved it: h1:… of its module, or sha256:… of its archive.' },
};

const inspected = {
  oneOf: [
    object({
      schema: { const: 'coracle.inspect/v1' },
      kind: { const: 'image' },
      source: text,
      descriptor,
      platform: text,
      size: bytes,
      layers: list(object({ mediaType: text, digest, size: bytes, diffId: digest, 'createdBy?': text })),
      annotations: map(text),
      config: { type: 'object', description: "The image's config, as it is (OCI image-spec, config.md)." },
      configDescriptor: descriptor,
    }),
    object({
      schema: { const: 'coracle.inspect/v1' },
      kind: { const: 'index' },
      source: text,
      descriptor,
      annotations: map(text),
      manifests: list(object({ platform: text, descriptor })),
    }),
  ],
};

/** By the `schema` field of the document, without its version. */
export const documentForms = {
  build: object({
    images: list(builtImage),
    unchanged: { ...yes, description: 'Nothing was compiled, compressed or uploaded.' },
    'steps?': list(
      object({ name: text, state: { enum: ['cached', 'ran', 'would run'] }, because: list(text) }),
    ),
    'differing?': list(
      object({
        platform: text,
        what: text,
        digests: list(digest),
        differences: list(
          object({
            path: text,
            what: { enum: ['only the first has it', 'only the second has it', 'content', 'metadata'] },
            'cause?': text,
          }),
        ),
        more: whole,
      }),
    ),
    'because?': { ...text, description: 'Why a build that was remembered had to be made again.' },
    times: { ...map(milliseconds), description: 'Milliseconds by step.' },
  }),
  copy: object(copied),
  inspect: inspected,
  explain: explainForm,
  diff: diffForm,
  compare: compareForm,
  'compare-emit': object({ directory: text, files: list(text) }),
  'compare-flags': compareFlagsForm,
  extract: object({
    written: list(
      object({ path: text, dest: text, entries: whole, skipped: list(object({ path: text, why: text })) }),
    ),
  }),
  why: object({ name: text, kind: { enum: ['module', 'package'] }, chains: list(list(text)), more: whole }),
  images: object({
    images: list(
      object({
        name: text,
        repository: text,
        tag: text,
        descriptor,
        platforms: list(text),
        size: bytes,
        at: { ...whole, description: 'When the name was given, in milliseconds since the Unix epoch.' },
        'damaged?': text,
      }),
    ),
  }),
  tag: object({ name: text, digest }),
  rm: object({ removed: list(text) }),
  prune: object({ dryRun: yes, removed: list(object({ what: text, bytes })), bytes }),
  login: object({ registry: text, username: text, keptBy: text, verified: yes, plain: yes }),
  logout: object({ registry: text, forgot: list(text) }),
  'base-list': baseListForm,
  'base-build': baseBuildForm,
  'base-show': baseShowForm,
  'base-verify': baseVerifyForm,
  toolchains: object({ toolchains: list(object({ ...toolchain, 'bytes?': bytes, 'at?': text })) }),
  toolchain: object(toolchain),
  removed: object({ removed: list(text) }),
  'toolchain-env': object({ pathPrefix: text, GOROOT: text, GOTOOLCHAIN: text }),
  deploy: deployForm,
  rollback: deployForm,
  status: looked.statusForm,
  history: looked.historyForm,
  'log-line': looked.logLineForm,
  'failed-release': looked.failedReleaseForm,
  stats: looked.statsForm,
  setup: looked.setupForm,
  down: looked.downForm,
  'prune-hosts': looked.pruneHostsForm,
  ship: shipForm,
  'ci-init': object({
    file: text,
    directory: text,
    'check?': text,
    targets: list(object({ 'environment?': text, on: { enum: ['branch', 'tag'] } })),
    others: list(text),
    platforms: list(text),
    'registry?': text,
    secrets: list(text),
    branch: text,
    version: text,
  }),
  config: configForm,
  'compose-import': composeImportForm,
  'compose-export': composeExportForm,
  lock: object({ file: text, changes: list(text), written: yes }),
  doctor: object({
    findings: list(
      object({ name: text, state: { enum: ['ok', 'missing', 'problem'] }, says: text, 'hint?': text }),
    ),
  }),
  version: object({ version: text, node: text, platform: text }),
  error: object({
    error: object({
      code: { ...text, description: 'See docs/errors.md.' },
      message: text,
      'hint?': text,
      'detail?': text,
      'where?': object({ file: text, line: whole, 'column?': whole }),
    }),
  }),
} as const satisfies Record<string, Form>;

export type DocumentName = keyof typeof documentForms;

/** The whole JSON Schema of a document. */
export function documentSchema(name: DocumentName): Form {
  const form: Form = documentForms[name];
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `coracle.${name}/v1` };
  const { properties, required } = form;
  if (!isForm(properties) || !Array.isArray(required)) return { ...head, ...form };
  return {
    ...head,
    ...form,
    properties: { schema: { const: `coracle.${name}/v1` }, ...properties },
    required: ['schema', ...required.map(String)],
  };
}

function isForm(value: unknown): value is Form {
  return typeof value === 'object' && value !== null;
}
