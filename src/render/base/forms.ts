import {
  bytes,
  descriptor,
  digest,
  list,
  milliseconds,
  object,
  text,
  whole,
  yes,
  type Form,
} from '../form-words.ts';

const locked = object({
  ...{ name: text, version: text, architecture: text, sha256: text, filename: text },
  size: bytes,
});
const generated = list(
  object({ path: text, instead: { ...text, description: 'The script that would have made it.' } }),
);
const omitted = list(object({ kind: text, files: whole, bytes }));

const stored = object({
  ...{ reference: text, digest, platforms: list(text), size: bytes },
  at: { ...whole, description: 'When it was made, in milliseconds since the Unix epoch.' },
  'verified?': { ...text, description: 'When it passed its tests: ISO 8601.' },
});

export const baseListForm: Form = object({
  bases: list(
    object({
      name: text,
      kind: { enum: ['auto', 'plain', 'composed', 'exact', 'distribution'] },
      ...{ means: text, when: text, packages: yes, needs: text, 'lacks?': text },
      stored: list(stored),
      project: { ...yes, description: 'coracle.yaml names it.' },
    }),
  ),
  images: list(stored),
  'project?': text,
});

export const baseBuildForm: Form = object({
  ...{ name: text, references: list(text), descriptor, took: milliseconds },
  platforms: list(
    object({
      ...{ platform: text, reference: text, descriptor, size: bytes, key: text },
      ...{ 'source?': text, 'packages?': list(locked), generated, omitted, 'statement?': text },
    }),
  ),
});

export const baseShowForm: Form = object({
  ...{ image: text, digest, platform: text, size: bytes, files: whole, bytes, user: text },
  packages: list(object({ name: text, version: text, 'files?': whole, 'bytes?': bytes })),
  others: object({ files: whole, bytes }),
  ...{ setuid: list(text), shells: list(text), rpm: yes, 'verified?': text },
  users: list(object({ name: text, uid: whole, home: text })),
  'made?': object({
    ...{ name: text, key: text, generated, omitted, 'statement?': text },
    'locked?': object({ source: text, wanted: list(text), packages: list(locked) }),
  }),
});

export const baseVerifyForm: Form = object({
  ...{ image: text, digest, platform: text, at: text, passed: yes, took: milliseconds },
  checks: list(
    object({
      name: {
        enum: ['libraries', 'names', 'tls', 'packages', 'shell', 'zones', 'users', 'temporary', 'own'],
      },
      what: text,
      outcome: { enum: ['passed', 'failed', 'not applicable'] },
      ...{ why: text, 'by?': text, 'said?': list(text) },
    }),
  ),
});
