import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { compare } from '../../../src/explain/diff/compare.ts';
import type { Explanation } from '../../../src/explain/types.ts';
import { diffReport } from '../../../src/render/explain/diff-report.ts';
import { diffDocument, explanationDocument } from '../../../src/render/explain/documents.ts';
import { explanationReport } from '../../../src/render/explain/explanation-report.ts';
import { jsonText } from '../../../src/render/explain/json-text.ts';
import { markdownReport } from '../../../src/render/explain/markdown.ts';
import { plainReport } from '../../../src/render/explain/plain.ts';
import { documentSchema } from '../../../src/render/schemas.ts';
import { styleFor } from '../../../src/render/style.ts';
import { image, library, program } from '../../explain/fixture.ts';
import { parseJson } from '../../support/json.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const fits = (name: 'explain' | 'diff', value: unknown): void => {
  const valid = ajv.compile(documentSchema(name));
  valid(parseJson(jsonText(value)));
  expect(valid.errors).toBeNull();
};

const explanations: [string, Explanation][] = [
  ['image', image()],
  ['program', program()],
  ['library', library()],
];

test.each(explanations)('the document of an explanation fits its schema: %s', (_, explanation) => {
  fits('explain', explanationDocument(explanation));
});

test('the document of an image says what is in it: exact sums, files, trees', () => {
  const document = explanationDocument(image());
  expect(document).toMatchObject({
    schema: 'coracle.explain/v1',
    kind: 'image',
    fileCount: 3,
    binaries: [
      {
        sums: { shares: { assigned: 770_000, shared: 800, structure: 4096, estimated: 2000, unknown: 104 } },
      },
      {},
    ],
    files: [
      { path: '/etc/passwd', bytes: 120 },
      { path: '/etc/ssl/cert.pem', bytes: 180_000 },
      { path: '/app/server', kind: 'binary', bytes: 777_000 },
    ],
  });
});

test('the document of a difference fits its schema', () => {
  fits(
    'diff',
    diffDocument(
      compare(image(), image({ env: [], program: program({ digest: '2', goVersion: 'go1.27.4' }) })),
    ),
  );
  fits('diff', diffDocument(compare(program(), library())));
});

test('JSON text is the JSON of its value, one line for each innermost list', () => {
  const value = { a: [1, 2, 3], b: { c: undefined, d: [{ e: 'x' }, { e: null }] }, f: [], g: {} };
  const text = jsonText(value);
  expect(parseJson(text)).toEqual(parseJson(JSON.stringify(value)));
  expect(text.split('\n')).toContain('  "a": [1,2,3],');
});

test('Markdown: a name from a file is neither markup nor a column of its table', () => {
  const text = markdownReport(explanationReport(image({ files: { '/a|b`c<script>': 900_000 } }), 10));
  expect(text).toContain('| ``` /a\\|b`c<script> ``` |'.replaceAll('```', '``'));
  for (const [, table = ''] of text.matchAll(/\n\n(\|[^]*?)\n\n/g)) {
    const columns = table.split('\n').map((line) => line.replaceAll(String.raw`\|`, '').split('|').length);
    expect(new Set(columns).size).toBe(1);
  }
});

test('Markdown of a difference: totals and the biggest changes in sight, the rest folded away', () => {
  const before = image({ program: program({ digest: '1' }) });
  const after = image({
    source: 'api:pr',
    letter: 'b',
    program: program({ digest: '2', modules: [['github.com/gin-gonic/gin', 'v1.11.0', 320_000]] }),
  });
  const text = markdownReport(diffReport(compare(before, after), 5, true), 3);
  const [seen = '', folded = ''] = text.split(/<details>([^]*)/);
  expect(seen).toContain('api:pr is 100.0 kB bigger than api:latest (+2.1%)');
  expect(seen).toMatch(/\| 4\.8 MB \| 4\.9 MB \| \+100\.0 kB \| to pull \|/);
  expect(seen).toContain('| +200.0 kB | module github.com/gin-gonic/gin went from v1.10.0 to v1.11.0');
  expect(folded).toContain('<summary>Layers: 1 the same, 1 differ</summary>');
  expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? -1);
});

test('of two images of which only one is compressed the unpacked sizes are compared', () => {
  const before = image({});
  const { unpacked } = before;
  const after = { ...image({ source: 'saved.tar' }), size: unpacked + 1000 };
  const { title } = diffReport(compare(before, after), 5, false);
  expect(title).toBe('saved.tar is as big as api:latest (unpacked: only one of them is compressed)');
});

test('the biggest changes name the step that brought a file', () => {
  const difference = compare(image({}), image({ letter: 'b', files: { '/big': 900_000 } }));
  const layer = difference.layers.find(({ after }) => after?.createdBy !== undefined)?.after;
  const files = difference.files.map((file) => ({ ...file, ...(layer && { layer: layer.index }) }));
  const { sections } = diffReport({ ...difference, files }, 5, false);
  const row = sections
    .find(({ title }) => title.startsWith('Biggest'))
    ?.table?.rows.find(({ cells }) => cells.includes('file /big is new'));
  expect(row?.under?.join('')).toMatch(/^by /);
});

test('a difference as text', () => {
  const report = diffReport(compare(program(), program({ digest: '2', standard: 150_000 })), 10, false);
  expect(plainReport(report, { style: styleFor(false), columns: 80 })).toMatchInlineSnapshot(`
    "/app/server is 50.0 kB smaller than /app/server (-6.4%)
     before /app/server (dddddddddddd, commit 0a1b2c3d4e5f)
     after  /app/server (2, commit 0a1b2c3d4e5f)

    Totals
        BEFORE     AFTER    CHANGE  WHAT
      777.0 kB  727.0 kB  -50.0 kB  size

    Biggest changes: 50.0 kB less, uncompressed
         BYTES  BECAUSE
      -50.0 kB  standard library: less of it is in /app/server
                mostly net/http

    Program /app/server: 777.0 kB before, 727.0 kB after

    Packages of /app/server: 1 differs
        BEFORE     AFTER    CHANGE  PACKAGE
      200.0 kB  150.0 kB  -50.0 kB  net/http
    "
  `);
  const same = plainReport(diffReport(compare(image(), image()), 10, false), {
    style: styleFor(false),
    columns: 80,
  });
  expect(same).toContain('is as big as');
  expect(same).toContain('Nothing differs');
});
