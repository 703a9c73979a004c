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
