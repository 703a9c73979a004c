/**
 * config/ reads what a project says about its image: coracle.yaml, .ko.yaml and coracle.lock, and merges them with the flags. It
 * must not build anything.
 *
 * This file is the form of coracle.yaml: one JSON Schema (draft 2020-12) from which docs/schemas/coracle.schema.json is written, for
 * editors, and which check.ts walks, so that an error points at its line. check.ts knows only the keywords that are used here.
 */

import { deploy } from './schema/deploy.ts';
import { duration, list, map, text, textOrNumber, word, words, type Schema } from './schema/kit.ts';
import { nullable } from './schema/overlay.ts';
import { ship } from './schema/ship.ts';

export type { Schema } from './schema/kit.ts';

const go: Schema = {
  type: 'object',
  description: 'How the program is compiled.',
  additionalProperties: false,
  properties: {
    version: textOrNumber('Go toolchain to build with; what go.mod asks for when it is not given.', {
      examples: ['1.26.3'],
    }),
    flags: words('More flags for go build.'),
    tags: words('Build tags.'),
    ldflags: words(
      "Linker flags, besides Coracle's own. {{.Version}}, {{.Commit}}, {{.ShortCommit}}, {{.Date}} and {{.Env.NAME}} are filled in.",
    ),
    gcflags: words('Compiler flags.'),
    env: map('Environment of the compiler.'),
    cgo: {
      enum: ['off', 'dynamic', 'static', 'static-musl'],
      type: 'string',
      default: 'off',
      description:
        "Whether C is compiled, with the host's compiler, and how its libraries are linked. static-musl takes musl in place of glibc.",
    },
    strip: { type: 'boolean', default: true, description: 'Leave symbol table and debug information out.' },
    vcs: { type: 'boolean', default: true, description: 'Stamp the commit into the program.' },
    amd64: { type: 'string', enum: ['v1', 'v2', 'v3', 'v4'], description: 'GOAMD64: least amd64 processor.' },
    arm: textOrNumber('GOARM: least arm processor.', { examples: ['7'] }),
  },
};

const dockerfile: Schema = {
  type: 'object',
  description: 'How a Dockerfile is built, where the image comes from one.',
  additionalProperties: false,
  properties: {
    file: text('The Dockerfile, relative to this file.', { default: 'Dockerfile' }),
    target: text('Stage to build, by name or number.'),
    args: map('Values of ARGs.'),
  },
};

const file: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: {
    from: text('File or directory, relative to this file.'),
    to: text('Absolute path in the image.', { pattern: '^/' }),
    mode: textOrNumber('Permission bits of files, in octal.', { examples: ['0644'] }),
    owner: textOrNumber('UID or UID:GID, in numbers.', { examples: ['65532:65532'] }),
  },
};

const healthcheck: Schema = {
  type: 'object',
  description: "Docker's HEALTHCHECK; false switches the base image's off.",
  additionalProperties: false,
  required: ['cmd'],
  properties: {
    cmd: {
      anyOf: [{ type: 'array', items: word }, { type: 'string' }],
      description: 'Command as a list, run as it is; as text it needs a shell in the image.',
    },
    interval: duration('Between two checks.'),
    timeout: duration('Longest one check may take.'),
    startPeriod: duration('Time to start up, in which failures do not count.'),
    startInterval: duration('Between two checks during start-up.'),
    retries: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'Failures in a row that make it unhealthy.',
    },
  },
};

/** As it is written; parse.ts makes one form of both. */
const base: Schema = {
  anyOf: [
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        name: text('A name of docs/bases.md, or an image.'),
        packages: list(
          text('name, or name=version.'),
          'Packages: all that it is made from (debian, alpine), or more for it.',
        ),
        slim: {
          type: 'boolean',
          default: false,
          description: 'Leave out documents, locales, caches and logs.',
        },
        omit: list(
          text('Glob of absolute paths.', { pattern: '^/', examples: ['/usr/share/doc/**'] }),
          'Further paths to leave out.',
        ),
        verify: list(
          { anyOf: [{ type: 'array', items: word }, { type: 'string' }] },
          'Commands that coracle base verify runs inside; each must end well.',
        ),
      },
    },
    { type: 'string', minLength: 1 },
  ],
  description:
    'What lies under the program: a name (see docs/bases.md) or an image; text, or a map with more.',
  default: 'auto',
  examples: ['auto', 'glibc', 'alpine:3.22', { name: 'debian', packages: ['libpq5', 'ca-certificates'] }],
};

const debian: Schema = {
  type: 'object',
  description: "Where Debian's packages come from.",
  additionalProperties: false,
  properties: {
    release: text('Codename or alias.', { default: 'stable', examples: ['trixie', 'stable'] }),
    mirror: text("Address of the archive, as in a sources.list; on Debian, the machine's own.", {
      pattern: '^https?://',
    }),
    securityMirror: text('Address of the security archive.', { pattern: '^https?://' }),
    snapshot: text('The archive as it stood then; the mirror must keep snapshots.', {
      pattern: '^[0-9]{8}T[0-9]{6}Z$',
      examples: ['20261101T000000Z'],
    }),
    components: list(text('Such as main.'), 'Components of the archive.'),
  },
};

const alpine: Schema = {
  type: 'object',
  description: "Where Alpine's packages come from.",
  additionalProperties: false,
  properties: {
    repositories: list(text('Address.', { pattern: '^https?://' }), 'As in /etc/apk/repositories.'),
    keys: list(
      {
        anyOf: [
          { type: 'string' },
          {
            type: 'object',
            additionalProperties: false,
            required: ['url', 'fingerprint'],
            properties: {
              url: text('Where the key is.', { pattern: '^https?://' }),
              fingerprint: text('SHA-256 of the key as DER, in hexadecimal.', {
                pattern: '^[0-9a-fA-F]{64}$',
                examples: ['64 hexadecimal digits'],
              }),
            },
          },
        ],
      },
      'Public keys that may sign, as PEM text, or where they are with their fingerprint.',
    ),
    ignoreScripts: words('Packages whose scripts the image does without.'),
  },
};

const registry: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    insecure: {
      type: 'boolean',
      description: 'Plain HTTP, or HTTPS with a certificate that is not checked.',
    },
    ca: text('PEM file of the authorities to trust, relative to this file.'),
    mirrors: list(text('Host, or host/prefix.'), 'Places to ask first when pulling.'),
  },
};

/** What the file says for all environments, and what each of them may say of its own. */
const properties: Readonly<Record<string, Schema>> = {
  image: text('Name of the image.', { examples: ['registry.example.com/team/api:1.2'] }),
  main: {
    anyOf: [{ type: 'string' }, { type: 'array', items: word }],
    description: 'Main package, or several, relative to this file.',
    examples: ['./cmd/api', ['./cmd/api', './cmd/worker']],
  },
  platforms: list(text('OS/ARCHITECTURE[/VARIANT]'), 'Platforms to build for.'),
  dockerfile,
  go,
  base,
  debian,
  alpine,
  addCa: list(text('PEM file, relative to this file.'), "Certificates added to the image's CA bundle."),
  files: list(file, 'Files to put into the image.'),
  user: textOrNumber('User of the container.', { default: '65532:65532' }),
  entrypoint: words('Default: the program.'),
  cmd: words('Default arguments.'),
  env: map('Environment of the container.'),
  ports: list(
    { anyOf: [{ type: 'integer', minimum: 1, maximum: 65_535 }, { type: 'string' }] },
    'Ports the program listens on.',
  ),
  labels: map('Labels in the image config.'),
  annotations: map('Annotations of the manifest.'),
  workdir: text('Working directory of the container.', { pattern: '^/' }),
  stopSignal: text('Signal that stops the container.', { examples: ['SIGTERM'] }),
  healthcheck: { anyOf: [healthcheck, { const: false }] },
  volumes: list(
    text('Absolute path in the image.', { pattern: '^/' }),
    'Directories for data that outlives the container.',
  ),
  compression: {
    type: 'object',
    additionalProperties: false,
    description: 'How layers are compressed.',
    properties: {
      type: { type: 'string', enum: ['gzip', 'zstd', 'none'], default: 'gzip' },
      level: {
        type: 'integer',
        minimum: 1,
        maximum: 19,
        description: 'gzip 1 to 12 (default 6), zstd 1 to 19 (default 3).',
      },
    },
  },
  mediaTypes: {
    type: 'string',
    enum: ['oci', 'docker'],
    default: 'oci',
    description: 'Whose names the image gives its parts.',
  },
  budget: {
    anyOf: [{ type: 'string' }, { type: 'array', items: word }],
    description: 'Limits that coracle explain holds the image and its program to; see docs/explain.md.',
    examples: ['image<15MB', ['image<15MB', 'module:github.com/x/y<1MB']],
  },
  registries: {
    type: 'object',
    additionalProperties: registry,
    description: 'How to talk to registries, by host.',
  },
  name: text('Name of the service on hosts; the last word of image:, else of the directory.', {
    pattern: '^[a-z][a-z0-9-]{0,39}$',
    examples: ['api'],
  }),
  deploy,
  ship,
};

/** Names of environments. */
export const environmentName = '^[a-z][a-z0-9-]{0,29}$';

/** A file, or the file and one of its environments merged. */
export const finalSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties,
};

export const configSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'coracle.yaml',
  description:
    'How Coracle builds and deploys a Go program. Every key is optional. Those of the image are also flags of coracle build; budget is one of coracle explain, base.verify of coracle base.',
  type: 'object',
  additionalProperties: false,
  properties: {
    ...properties,
    environments: {
      type: 'object',
      description:
        'What differs in an environment, by its name: any key of the file. Maps are merged key by key, lists and values replace, null removes.',
      propertyNames: { pattern: environmentName },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, schema]) => [key, nullable(schema)]),
        ),
      },
    },
  },
};
