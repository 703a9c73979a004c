import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { typeInstruction } from '../../src/dockerfile/instruction-type.ts';
import { decodeText, encodeText } from '../../src/dockerfile/parse-bytes.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { print, printBytes } from '../../src/dockerfile/print.ts';
import type { Dockerfile } from '../../src/dockerfile/syntax.ts';
import { decodeName } from '../../src/layer/names.ts';

/** Texts that meet the parser's corners more often than chance would. */
const pieces = [
  ...[
    'FROM',
    'RUN',
    'COPY',
    'ADD',
    'ENV',
    'LABEL',
    'ARG',
    'ONBUILD',
    'HEALTHCHECK',
    'SHELL',
    'VOLUME',
    'CMD',
    'NONE',
    'AS',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\\\n',
    ' \\ \n',
    '`\n',
    '\v',
    '\u00a0',
    '\ufeff',
    '\0',
  ],
  ...['# escape=`\n', '# escape=\\\n', '# syntax=a\n', '# check=b\n', '# c\n', '#', '\n#c\n'],
  ...[
    '<<EOF',
    '<<-EOF',
    '<<"EOF"',
    '3<<A',
    '\nEOF\n',
    '\n\tEOF\n',
    'A\n',
    '<<',
    '<',
    '${x:-',
    '${',
    '}',
    '$x',
    '/',
  ],
  ...[
    '--from=x',
    '--link',
    '--mount=type=cache,target=/x',
    '--mount=',
    '--',
    '--a="',
    '"',
    "'",
    '\\',
    '`',
    '=',
    'a=b',
  ],
  ...['["a", "b"]', '["a', '[1]', '[', ']', ',', 'a', '/x', '\u00e9', '\u{1f600}', '\udcff', '\ud800'],
];
const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
);

/** The tree, or undefined when it is refused with a place. Anything else is thrown on. */
function tree(source: string | Uint8Array): Dockerfile | undefined {
  try {
    return parseDockerfile(source, 'Dockerfile');
  } catch (error) {
    if (!isToolError(error, 'DOCKERFILE_INVALID') || error.where?.line === undefined) throw error;
    return undefined;
  }
}

describe('properties', () => {
  const runs = { numRuns: 3000 };

  test('print gives the text back', () => {
    fc.assert(
      fc.property(text, (source) => {
        const dockerfile = tree(source);
        if (dockerfile) expect(print(dockerfile)).toBe(source);
      }),
      runs,
    );
  });

  test('what is printed parses to the same tree', () => {
    fc.assert(
      fc.property(text, (source) => {
        const dockerfile = tree(source);
        if (dockerfile) expect(tree(print(dockerfile))).toEqual(dockerfile);
      }),
      { numRuns: 1000 },
    );
  });

  test('any bytes give a tree that prints them, or an error with a place', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      text.map((source) => Buffer.from(source.toWellFormed(), 'utf8')),
      // Cut anywhere, also inside a character.
      fc.tuple(text, fc.nat(60)).map(([source, cut]) => Buffer.from(source, 'utf8').subarray(cut)),
    );
    fc.assert(
      fc.property(bytes, (source) => {
        const dockerfile = tree(source);
        if (dockerfile) expect(Buffer.compare(printBytes(dockerfile), source)).toBe(0);
      }),
      runs,
    );
  });

  test('every instruction is typed, or refused with a place in the text', () => {
    fc.assert(
      fc.property(text, (source) => {
        const dockerfile = tree(source);
        for (const node of dockerfile?.nodes ?? []) {
          if (!dockerfile || node.kind !== 'instruction') continue;
          try {
            const { span } = typeInstruction(node, dockerfile);
            expect(span.start >= node.span.start && span.end <= node.span.end).toBe(true);
          } catch (error) {
            if (!isToolError(error, 'DOCKERFILE_INVALID', 'UNSUPPORTED')) throw error;
            const { line = 0, column = 0 } = error.where ?? {};
            expect(line > 0 && column > 0 && line <= source.split('\n').length).toBe(true);
          }
        }
      }),
      runs,
    );
  });

  test('nodes follow each other without a gap, and their parts lie inside', () => {
    fc.assert(
      fc.property(text, (source) => {
        const dockerfile = tree(source);
        if (!dockerfile) return;
        let at = source.startsWith('\ufeff') ? 1 : 0;
        for (const { span } of [...dockerfile.directives, ...dockerfile.nodes]) {
          expect(span.start).toBe(at);
          expect(span.end).toBeGreaterThan(span.start);
          at = span.end;
        }
        expect(at).toBe(source.length);
        for (const node of dockerfile.nodes) {
          if (node.kind !== 'instruction') continue;
          const inner = [node.keywordSpan, node.restSpan, ...node.flags.map(({ span }) => span)];
          for (const { start, end } of [...inner, ...node.heredocs.map(({ bodySpan }) => bodySpan)]) {
            expect(start >= node.span.start && end <= node.span.end && start <= end).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('bytes', () => {
  test('are decoded as names in archives are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(decodeText(bytes)).toBe(decodeName(bytes));
        expect(Buffer.compare(encodeText(decodeText(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['a character that is cut off', [0x41, 0xf0, 0x9f, 0x98], 'A\udcf0\udc9f\udc98'],
    ['a surrogate written out', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    ['a spelling that is too long', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['a wide character before a stray byte', [0xf0, 0x9f, 0x98, 0x80, 0x80], '\u{1f600}\udc80'],
  ])('%s', (_, bytes, expected) => {
    const source = Uint8Array.from(bytes);
    expect(decodeText(source)).toBe(expected);
    expect([...encodeText(expected)]).toEqual(bytes);
  });

  test('a file name of any bytes reaches COPY', () => {
    const dockerfile = parseDockerfile(Buffer.from('COPY caf\xe9 /x', 'latin1'), 'Dockerfile');
    const [node] = dockerfile.nodes;
    if (node?.kind !== 'instruction') throw new Error('no instruction');
    expect(typeInstruction(node, dockerfile)).toMatchObject({ sources: [{ word: { text: 'caf\udce9' } }] });
  });
});
