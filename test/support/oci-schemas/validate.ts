/**
 * The OCI image-spec's rules about JSON documents, written down again as JSON Schemas from the specification's text, so that
 * tests hold what we write against something that is not our own checking code.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseJson } from '../json.ts';

const names = ['descriptor', 'manifest', 'index', 'config', 'layout'] as const;
export type OciDocument = (typeof names)[number];

// The size of a blob fits 64 bits: more than a JSON number holds exactly, which strict mode does not mind here.
const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
addFormats.default(ajv);
for (const name of names) {
  ajv.addSchema(parseJson<object>(readFileSync(path.join(import.meta.dirname, `${name}.json`), 'utf8')));
}

/** What is wrong with a document, one line each: an empty array when it is as the specification says. */
export function ociProblems(kind: OciDocument, document: unknown): string[] {
  const validate = ajv.getSchema(`https://coracle.test/${kind}.json`);
  if (!validate) throw new Error(`no schema ${kind}`);
  if (validate(document) === true) return [];
  return (validate.errors ?? []).map(
    (error) => `${kind}${error.instancePath}: ${error.message ?? error.keyword}`,
  );
}
