import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readScript } from '../../src/dockerfile/go-cache-shell.ts';
import { NotUnderstood } from '../../src/dockerfile/go-cache-words.ts';

const env = new Map([
  ['ARCH', 'arm64'],
  ['FLAGS', '-a  -b'],
  ['EMPTY', ''],
]);

function read(script: string): string[] {
  return readScript(script, (name) => env.get(name)).map(({ assigned, words, redirects, captured }) =>
    [
      ...assigned.map(({ name, value }) => `${name}=${value.text}`),
      ...words.map(({ text, whole, pattern }) => `<${text}${whole ? '' : '…'}${pattern ? ' *' : ''}>`),
      ...redirects.map(({ text }) => `>${text}`),
      ...(captured ? ['captured'] : []),
    ].join(' '),
  );
}

test.each([
  ['a b && c; d || e\nf & g', ['<a> <b>', '<c>', '<d>', '<e>', '<f>', '<g>']],
  ['A=1 B="2 3" go build', ['A=1 B=2 3 <go> <build>']],
  ['a \'b c\' "d $ARCH" \\$e # f\ng', ['<a> <b c> <d arm64> <$e>', '<g>']],
  ['a $FLAGS "$FLAGS" $EMPTY ""', ['<a> <-a> <-b> <-a  -b> <>']],
  ['a x$NONE.y', ['<a> <x…>']],
  ['a "$(b c | d)" e', ['<b> <c> captured', '<d> captured', '<a> <…> <e>']],
  ['a `b c`', ['<b> <c> captured', '<a> <…>']],
  ['ARCH=x; a $ARCH', ['ARCH=x', '<a> <…>']],
  ['for ARCH in a b; do c $ARCH; done', ['<for> <ARCH> <in> <a> <b>', '<c> <…>']],
  ['if ! a; then b; else c; fi || d', ['<a>', '<b>', '<c>', '<d>']],
  ['a >x 2>&1 >>y </dev/null', ['<a> >x >& >y >/dev/null']],
  ['a *.c "*" ~/b', ['<a> <*.c *> <*> <~/b *>']],
  ['a \\\n  b', ['<a> <b>']],
  ['(a; b) && { c; }', ['<a>', '<b>', '<c>']],
  ['a ${ARCH} ${NONE:-x}', ['<a> <arm64> <…>']],
])('%j', (script, commands) => {
  expect(read(script)).toEqual(commands);
});

test.each([
  'a $((1+1))',
  'a <<E\nE',
  'f() { a; }',
  "a 'b",
  'a "b',
  'a $(b',
  'a )',
  '(a) >x',
  'a `b',
  "a $'b'",
  'if a; then b; fi | c',
  'a ${b:-$(c)}',
])('%j is not understood', (script) => {
  expect(() => read(script)).toThrow(NotUnderstood);
});

test('any script is read or not understood', () => {
  const scripts = fc.string({
    unit: fc.constantFrom(...'ab $(){}`"\'\\|&;<>\n#=~*!1'.split('')),
    maxLength: 60,
  });
  fc.assert(
    fc.property(scripts, (script) => {
      try {
        read(script);
      } catch (error) {
        expect(error).toBeInstanceOf(NotUnderstood);
      }
    }),
    { numRuns: 3000 },
  );
});
