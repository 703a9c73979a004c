import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { checkGates, gateWords, parseGates } from '../../../src/compare/gate.ts';
import { methodNames, type Comparison } from '../../../src/compare/types.ts';
import { comparisonDocument } from '../../../src/render/compare/documents.ts';
import { markdownComparison } from '../../../src/render/compare/markdown.ts';
import { documentSchema } from '../../../src/render/schemas.ts';
import { parseJson } from '../../support/json.ts';
import { comparison, withBuildTimes } from './fixture.ts';

const valid = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  documentSchema('compare'),
);
const errors = (document: unknown): unknown => {
  valid(parseJson(JSON.stringify(document)));
  return valid.errors;
};

test.each<[string, Comparison]>([
  ['figures, failures, dashes', comparison()],
  ['times of builds', withBuildTimes()],
  ['a program that ends', comparison({ probe: { kind: 'exit', code: 0, why: 'it ended by itself' } })],
  ['a port', comparison({ probe: { kind: 'tcp', port: 9000, why: 'it listens there' } })],
  ['nothing to start', comparison({ probe: { kind: 'none', why: 'for another processor' } })],
])('the document of a comparison fits its schema: %s', (_, whole) => {
  expect(errors(comparisonDocument(whole, []))).toBeNull();
});

test('gates on every figure fit the schema', () => {
  const of = { names: methodNames, buildTimes: true };
  const texts = gateWords.map((word) => {
    const value = word.endsWith('build') || word === 'start' ? '1s' : '1';
    return `coracle.${word}=${word === 'root' ? 'true' : value}`;
  });
  const gates = checkGates(withBuildTimes(), parseGates(texts.join(','), of));
  expect(gates).toHaveLength(gateWords.length);
  expect(errors(comparisonDocument(withBuildTimes(), gates))).toBeNull();
});

test('a document that lacks a figure or has a key that nobody knows is none', () => {
  const { what: _, ...less } = comparisonDocument(comparison(), []);
  expect(errors(less)).not.toBeNull();
  expect(errors({ ...comparisonDocument(comparison(), []), more: 1 })).not.toBeNull();
});

test('figures are exact: bytes, milliseconds, and dashes with their reason', () => {
  const document = parseJson(JSON.stringify(comparisonDocument(comparison(), [])));
  expect(document).toMatchObject({
    schema: 'coracle.compare/v1',
    program: 'gin-api',
    results: [
      { name: 'toolchain', figures: { start: { value: 24.2, spread: [22.8, 31.4], of: 5 } } },
      {},
      { figures: { memory: { missing: 'the processes ended before their memory could be read' } } },
      { failure: { phase: 'start', lacks: 'CA bundle' } },
      { failure: { phase: 'build' } },
      {},
      { name: 'coracle', figures: { size: { value: 4_400_000 } } },
    ],
    decision: { method: 'coracle' },
  });
});

test('Markdown has the same tables, with footnotes for dashes and failures', () => {
  const shown = markdownComparison(comparison(), []);
  expect(shown.slice(shown.indexOf('### What it moves'), shown.indexOf('<details>'))).toMatchInlineSnapshot(`
    "### What it moves and how it runs

    | method | size | 2nd release | start | memory |
    | --- | --: | --: | --: | --: |
    | \`toolchain\` | 312.4 MB | 48.1 MB | 24 ms (23–31) | 21.4 MB (21.1–21.9) |
    | \`distro\` | 33.7 MB | 5.4 MB | 23 ms (23–25) | 20.1 MB (19.9–20.4) |
    | \`alpine\` | 9.1 MB | 5.3 MB | **23 ms (22–25)** | –¹ |
    | \`scratch\`⁴ | 4.9 MB | 4.9 MB | –² | –² |
    | \`distalpine\`⁵ | – | – | – | – |
    | \`distroless\` | 5.7 MB | 4.9 MB | **23 ms (22–24)** | 19.9 MB (19.6–20.3) |
    | **\`coracle\`** | **4.4 MB** | **4.3 MB** | **22 ms (22–23)** | **18.4 MB (18.2–18.9)** |

    ### What is in it

    | method | unpacked | layers | files | packages | setuid | shells | root |
    | --- | --: | --: | --: | --: | --: | --: | --: |
    | \`toolchain\` | 1.0 GB | 7 | 24,310 | 187 | 9 | 3 | yes |
    | \`distro\` | 88.2 MB | 3 | 3,412 | 79 | 8 | 2 | yes |
    | \`alpine\` | 20.4 MB | 3 | 612 | 15 | **0** | 1 | yes |
    | \`scratch\`⁴ | 11.2 MB | 1 | 1 | –³ | 0 | none | no |
    | \`distalpine\`⁵ | – | – | – | – | – | – | – |
    | \`distroless\` | 13.9 MB | 9 | 1,320 | **4** | **0** | **none** | **no** |
    | **\`coracle\`** | **11.1 MB** | 2 | **14** | –³ | **0** | **none** | **no** |

    **Bold**: the best of its column among methods that work, and any that lies within its spread.  
    ¹ the processes ended before their memory could be read  
    ² it does not start  
    ³ it holds no package database  
    ⁴ scratch does not start for want of a CA bundle: it calls https://auth.example.com when it starts and the image has no CA bundle  
    ⁵ distalpine cannot be built: no C compiler is on this machine

    - **toolchain**: composed from Debian packages and the Go toolchain, in place of the golang image
    - **alpine**: no Alpine repository could be reached: musl and busybox of Debian 13 stand in for it
    - Every image was started once before its starts were measured.

    ### The method for gin-api: coracle

    - **because**: the smallest that starts: 4.4 MB
    - no shell, no package manager, not root
    - **asked**: Does the program compile C? no: CGO\\_ENABLED=0 builds it, and no package imports "C"
    - Does it run other programs or a shell? no: os/exec is not linked
    - Does it speak TLS? yes: it links crypto/x509

    "
  `);
});

test('every row of a Markdown table has as many cells as its heading', () => {
  const tables = markdownComparison(withBuildTimes(), [])
    .split('\n\n')
    .filter((block) => block.startsWith('| '));
  expect(tables).toHaveLength(3);
  for (const table of tables) {
    const counts = table.split('\n').map((line) => line.split(' | ').length);
    expect(new Set(counts).size).toBe(1);
    expect(counts).toHaveLength(comparison().results.length + 2);
  }
});

test('what comes from outside says nothing to Markdown, HTML or a terminal', () => {
  const [first] = comparison().results;
  if (!first) throw new Error('no results');
  const name = '<img src=x>|`a`\u001B[31m';
  const failure = { phase: 'start', cause: '| <b>x</b>', said: ['```\u001B[2J', '</details>'] } as const;
  const shown = markdownComparison(
    comparison({ results: [{ ...first, name, failure }], notes: ['a|b <i>'] }),
    [],
  );
  expect(shown).not.toContain('\u001B');
  expect(shown.replaceAll(/`+[^`]*`+/g, '')).not.toMatch(/<(img|b|i)\b/);
  expect(shown).toContain('````\n  ```');
  expect(shown).toContain('a\\|b &lt;i>');
});
