import { bytes, list, object, text, whole, yes, type Form } from './form-words.ts';

/** The form of what `compare --flags` prints with --json; see schemas.ts. */

function measured(value: Form, description: string): Form {
  const pair = { type: 'array', items: value, minItems: 2, maxItems: 2 };
  return {
    description,
    oneOf: [
      object({ value, 'spread?': pair, 'of?': whole, 'at?': text }),
      object({ missing: { ...text, description: 'Why it could not be measured.' } }),
    ],
  };
}

const number: Form = { type: 'number' };
const name: Form = { ...text, description: 'See docs/compare.md.' };

const option = object({
  name,
  means: { ...text, description: 'As one would say it to the go command.' },
  'skipped?': { ...text, description: 'Why it was not built.' },
  'refusal?': object({ cause: text, said: list(text) }, { description: 'Why it could not be built.' }),
  size: measured(bytes, 'Bytes of the linked program.'),
  compressed: measured(bytes, 'Bytes of it, compressed as its layer would be.'),
  saved: measured({ type: 'integer' }, 'Bytes less than the default.'),
  savedCompressed: measured({ type: 'integer' }, 'Bytes less than the default, compressed.'),
  slowdown: measured(number, 'Time in proportion to that of the default.'),
  'sameCode?': { const: true, description: "Its code is the default's, so it was not timed." },
  'needs?': object({ interpreter: text, libraries: list(text) }),
  'of?': list(name),
  'loses?': { ...text, description: 'Why the program is not the same with it.' },
  'notChosen?': { ...text, description: 'Why it is not among the winners, whatever it saves.' },
});

const setting: Form = {
  oneOf: [
    object({ key: list(text), value: { type: ['string', 'boolean'] } }),
    object({ key: list(text), items: list(text) }),
  ],
};

export const compareFlagsForm = object({
  what: text,
  program: text,
  at: { ...text, description: 'ISO 8601.' },
  machine: object({ cores: whole, processor: text, kernel: text }),
  platform: text,
  goVersion: text,
  cgo: { ...yes, description: 'Whether the program compiles C.' },
  speed: {
    oneOf: [
      object({
        kind: { const: 'benchmarks' },
        benchmarks: whole,
        packages: list(text),
        rounds: whole,
        leftOut: list(text),
      }),
      object({
        kind: { const: 'start' },
        rounds: whole,
        probe: text,
        milliseconds: {
          ...number,
          description: 'Milliseconds from start to answer of the default, the median.',
        },
      }),
      object({ kind: { const: 'none' }, why: text }),
    ],
  },
  noise: measured(number, 'How far the default is from itself: 0.02 is 2 %.'),
  threshold: { ...number, description: "The least part of the default's bytes that a winner saves." },
  baseline: option,
  options: list(option),
  'together?': option,
  winners: list(object({ name, because: text, settings: list(setting) })),
  notes: list(text),
});
