import { list, object, text, whole, yes, type Form } from '../form-words.ts';

const source: Form = {
  oneOf: [
    object({
      from: { const: 'file' },
      file: text,
      line: whole,
      environment: { ...yes, description: 'The environment says it, not the file for all of them.' },
    }),
    object({ from: { const: 'default' } }),
    object({ from: { const: 'derived' }, why: text }),
  ],
};

export const configForm = object({
  file: text,
  'environment?': text,
  environments: list(text),
  'service?': { ...text, description: 'As it is called on hosts.' },
  config: { type: 'object', description: 'In the form of a coracle.yaml without environments.' },
  values: list(
    object({ key: text, value: { description: 'Text, number, truth value, or a list of such.' }, source }),
  ),
});

const note = object({
  kind: { enum: ['left out', 'differs', 'to do'] },
  'line?': { ...whole, description: 'Of the compose file.' },
  key: text,
  why: text,
});

export const composeImportForm = object({
  file: text,
  service: { ...text, description: 'The service of the compose file that became ours.' },
  config: { type: 'object', description: 'In the form of a coracle.yaml.' },
  notes: list(note),
  pins: list(object({ line: whole, accessory: text, image: text })),
  'written?': { ...text, description: 'The file that it was written to.' },
});

export const composeExportForm = object({
  compose: { type: 'object', description: 'In the form of a compose file.' },
  notes: list(note),
  'written?': { ...text, description: 'The file that it was written to.' },
});
