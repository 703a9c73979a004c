import { bytes, descriptor, list, milliseconds, object, text, whole, yes, type Form } from '../form-words.ts';
import { allFigures } from './figures.ts';

/** The form of what `compare` prints with --json; see schemas.ts. */

const figureNames = [...allFigures.map(({ name }) => name), 'packageManagers'];

/** A figure, or why there is none. */
function measured(value: Form, description: string): Form {
  return {
    description,
    oneOf: [
      object({
        value,
        'spread?': {
          type: 'array',
          prefixItems: [value, value],
          items: false,
          minItems: 2,
          description: 'The least and the greatest of several, of which `value` is the median.',
        },
        'of?': { ...whole, description: 'How many `value` is the median of.' },
        'at?': {
          ...text,
          description: 'When it was measured, where it is kept from an earlier run: ISO 8601.',
        },
      }),
      object({ missing: { ...text, description: 'Why it could not be measured.' } }),
    ],
  };
}

const figures = object({
  size: measured(bytes, 'Manifest, config and compressed layers: what a pull moves.'),
  unpacked: measured(bytes, 'The tar archives of all layers.'),
  layers: measured(whole, 'Layers of the image.'),
  files: measured(whole, 'Files in the image.'),
  packages: measured(whole, 'Packages that a package database in it names.'),
  setuid: measured(whole, 'Files that run with the rights of their owner.'),
  shells: measured(list(text), 'Absolute paths.'),
  packageManagers: measured(list(text), 'Absolute paths.'),
  root: measured(yes, 'Whether it runs as root.'),
  secondRelease: measured(bytes, 'What a release with one changed line moves to where the first one lies.'),
  'coldBuild?': measured(milliseconds, 'With no cache of earlier builds.'),
  'changedBuild?': measured(milliseconds, 'After one changed line.'),
  'unchangedBuild?': measured(milliseconds, 'With nothing changed.'),
  start: measured(milliseconds, 'From starting the process to the first ready answer.'),
  memory: measured(bytes, 'Resident, of all its processes, when it is ready.'),
});

const why = text;

const result = object({
  name: { ...text, description: "A method's name, or a Dockerfile or image as it was given." },
  kind: { enum: ['method', 'dockerfile', 'image'] },
  means: text,
  'statement?': { ...text, description: 'What must be said wherever the result is shown.' },
  'failure?': object({
    phase: { enum: ['build', 'start'] },
    'lacks?': {
      enum: ['shell', 'CA bundle', 'time zones', 'libc', 'library', 'user', 'home', 'temporary directory'],
    },
    cause: text,
    said: list(text),
  }),
  'image?': object({ reference: text, descriptor }),
  figures,
  'dockerfile?': text,
  holds: list(
    object({
      what: text,
      'where?': { ...text, description: 'Missing when the image has none.' },
      kind: { enum: ['gain', 'risk'] },
    }),
  ),
});

const gate = object({
  text,
  method: text,
  figure: { enum: figureNames },
  operator: { enum: ['<', '<=', '>', '>=', '='] },
  value: { type: 'number' },
  held: yes,
  found: {
    ...measured({ type: ['number', 'boolean', 'array'] }, 'The figure; without one the gate does not hold.'),
  },
});

export const compareForm = object({
  what: text,
  program: text,
  at: { ...text, description: 'ISO 8601.' },
  machine: object({ cores: whole, processor: text, kernel: text }),
  platform: text,
  goVersion: text,
  cgo: { ...yes, description: 'Whether the program compiles C.' },
  probe: {
    description: 'How it was found out that the program is ready.',
    oneOf: [
      object({ kind: { const: 'http' }, port: whole, path: text, why }),
      object({ kind: { const: 'tcp' }, port: whole, why }),
      object({ kind: { const: 'exit' }, code: whole, why }),
      object({ kind: { const: 'none' }, why }),
    ],
  },
  starts: { ...whole, description: 'Starts that each median is of.' },
  results: list(result),
  decision: object({
    method: text,
    path: list(object({ question: text, answer: text, because: text })),
    reasons: list(text),
  }),
  notes: list(text),
  'gates?': list(gate),
});
