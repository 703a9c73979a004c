import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { containing } from '../support/containing.ts';
import { isToolError } from '../../src/core/errors.ts';
import { expandWord, expandWords } from '../../src/dockerfile/expand.ts';
import type { ExpandOptions } from '../../src/dockerfile/expand.ts';

const variables = new Map([
  ['v', 'value'],
  ['empty', ''],
  ['path', 'a/b/c.tar.gz'],
  ['spaced', ' one  two '],
  ['lines', 'ab\ncd'],
  ['stars', 'a*b*c'],
  ['ü', 'u'],
  ['_1', 'under'],
  ['q', '"$v"'],
]);
const backslash: ExpandOptions = { escape: '\\' };

/** What BuildKit 0.25's lexer gives for the same words; each was compared with it. */
const table: readonly (readonly [raw: string, expanded: string])[] = [
  ['plain', 'plain'],
  ['$v', 'value'],
  ['${v}', 'value'],
  ['a${v}b$v', 'avaluebvalue'],
  ['$vx', ''],
  ['$v.x', 'value.x'],
  ['$_1-$ü', 'under-u'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$ x', '$ x'],
  ['$1-$12-$@-$*-$#-$?-$-', '------'],
  ['$$.$!.$0', '..'],
  ['$none', ''],
  ['${none}', ''],
  // defaults
  ['${v:-w}', 'value'],
  ['${empty:-w}', 'w'],
  ['${none:-w}', 'w'],
  ['${v-w}', 'value'],
  ['${empty-w}', ''],
  ['${none-w}', 'w'],
  ['${v:+w}', 'w'],
  ['${empty:+w}', ''],
  ['${none:+w}', ''],
  ['${v+w}', 'w'],
  ['${empty+w}', 'w'],
  ['${none+w}', ''],
  ['${v:?w}', 'value'],
  ['${v?w}', 'value'],
  ['${empty?w}', ''],
  ['${none:-}', ''],
  // nested
  ['${none:-$v}', 'value'],
  ['${none:-${empty:-${v}}}', 'value'],
  ['${none:-"a b"}', 'a b'],
  ["${none:-'$v'}", '$v'],
  ['${none:-a\\}b}', 'a}b'],
  ['${v:+${none:-x}}', 'x'],
  ['"${none:-$v}"', 'value'],
  // prefixes and suffixes
  ['${path#*/}', 'b/c.tar.gz'],
  ['${path##*/}', 'c.tar.gz'],
  ['${path%.*}', 'a/b/c.tar'],
  ['${path%%.*}', 'a/b/c'],
  ['${path#nothing}', 'a/b/c.tar.gz'],
  ['${path#a?b}', '/c.tar.gz'],
  ['${path%/*}', 'a/b'],
  ['${path%%/*}', 'a'],
  ['${stars#a\\*}', 'b*c'],
  ['${stars%\\**}', 'a*b'],
  ['${lines##*}', '\ncd'],
  ['${lines#a?}', '\ncd'],
  ['${v#${v}}', ''],
  ['${none#x}', ''],
  ['${empty%%*}', ''],
  // replacement
  ['${path/b/x}', 'a/x/c.tar.gz'],
  ['${path/./-}', 'a/b/c-tar.gz'],
  ['${path//./-}', 'a/b/c-tar-gz'],
  ['${path//\\//-}', 'a-b-c.tar.gz'],
  ['${v/a*u/-}', 'v-e'],
  ['${v//?/x}', 'xxxxx'],
  ['${v/no/x}', 'value'],
  ['${v//l/}', 'vaue'],
  ['${v/v/$path}', 'a/b/c.tar.gzalue'],
  ['${v//*/x}', 'x'],
  // quotes and escapes
  ["'$v'", '$v'],
  ['"$v"', 'value'],
  ['"a b"c\'d e\'', 'a bcd e'],
  ['\\$v', '$v'],
  ['\\\\$v', '\\value'],
  ['"\\$v \\" \\\\ \\n"', '$v " \\ \\n'],
  ["'\\'", '\\'],
  ['a\\ b', 'a b'],
  ['a\\', 'a'],
  ['"a\'b"', "a'b"],
  ['$q', '"$v"'],
  ['', ''],
  ['<<EOF', '<<EOF'],
  ['😀$v😀', '😀value😀'],
];

test.each(table)('%s is %j', (raw, expanded) => {
  expect(expandWord(raw, variables, backslash)).toBe(expanded);
});

test.each([
  ['${v', 'has no closing }'],
  ['${', 'has no closing }'],
  ['${v:-x', 'has no closing }'],
  ['${v/a/b', 'has no closing }'],
  ['${v/a}', 'has no closing /'],
  ['${}', 'begins no substitution'],
  ['${:-x}', 'begins no substitution'],
  ['${{v}}', 'begins no substitution'],
  ['${v:x}', 'cannot have ":"'],
  ['${v:#x}', 'cannot have ":"'],
  ['${v.x}', 'cannot have "."'],
  ['${v😀}', 'cannot have "😀"'],
  ['"a', 'a double quote is not closed'],
  ["'a", 'a single quote is not closed'],
  ['${none:?}', 'none: is not allowed to be unset'],
  ['${none?give it}', 'none: give it'],
  ['${empty:?}', 'empty: is not allowed to be empty'],
  ['${empty:?say $v}', 'empty: say value'],
  ['${v#\\q}', 'escapes "q"'],
])('%s is an error that says why', (raw, why) => {
  expect(() => expandWord(raw, variables, backslash)).toThrow(
    expect.objectContaining({ code: 'DOCKERFILE_INVALID', message: containing(why) }),
  );
});

test('a backtick escapes when the directive says so, and a backslash is then a character', () => {
  const backtick: ExpandOptions = { escape: '`' };
  expect(expandWord('c:\\dir`$v\\$v', variables, backtick)).toBe('c:\\dir$v\\value');
  expect(expandWord('"`"`$`n"', variables, backtick)).toBe('"$`n');
  expect(expandWord('${none:-a`}b}', variables, backtick)).toBe('a}b');
});

test('in a heredoc quotes are characters and only the backslash escapes', () => {
  const heredoc: ExpandOptions = { escape: '`', mode: 'heredoc' };
  expect(expandWord(`"$v" '$v' it's \\$v \`$v\``, variables, heredoc)).toBe(
    `"value" 'value' it's $v \`value\``,
  );
  expect(expandWord('cat <<X\n${none:-"d"}\n', variables, heredoc)).toBe('cat <<X\n"d"\n');
});

test('what is shown keeps its quotes and what is not set', () => {
  const shown: ExpandOptions = { escape: '\\', mode: 'shown' };
  expect(
    expandWord(`echo "$v" '$v' $none \${none} \${none:-x} \${none#a} \${none/a/b}`, variables, shown),
  ).toBe(`echo "value" '$v' $none \${none} \${none:-x} \${none#a} \${none/a/b}`);
});

test('words are split where white space is not quoted', () => {
  expect(expandWords('a$spaced"b c"', variables, backslash)).toEqual(['a', 'one', 'two', 'b c']);
  expect(expandWords('80/$v ${spaced}', variables, backslash)).toEqual(['80/value', 'one', 'two']);
  expect(expandWords('"$spaced" a\\ b', variables, backslash)).toEqual([' one  two ', 'a b']);
  expect(expandWords('', variables, backslash)).toEqual([]);
  expect(expandWords('$none ""', variables, backslash)).toEqual([]);
});

test('what stands before a substitution with a default is not lost, as it is in BuildKit', () => {
  expect(expandWords('80${none:-90}', variables, backslash)).toEqual(['8090']);
});

test('says which variables were asked for and not set', () => {
  const unset: string[] = [];
  expandWord('$a $v ${b:-$c} ${empty}', variables, { ...backslash, onUnset: (name) => unset.push(name) });
  expect(unset.toSorted()).toEqual(['a', 'b', 'c']);
});

describe('properties', () => {
  const word = fc
    .array(
      fc.oneof(
        fc.constantFrom(...'${}"\'\\`/*?#%:-+ax <'.split(''), '${v', '${none:-', '//', '$v', '\n'),
        fc.string({ unit: 'grapheme', maxLength: 3 }),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''));

  test('any text gives a text or an error of ours', () => {
    fc.assert(
      fc.property(word, fc.constantFrom('\\' as const, '`' as const), (raw, escape) => {
        try {
          return typeof expandWord(raw, variables, { escape }) === 'string';
        } catch (error) {
          return isToolError(error, 'DOCKERFILE_INVALID');
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('a text in single quotes is itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const inner = text.replaceAll("'", '');
        return expandWord(`'${inner}'`, variables, backslash) === inner;
      }),
    );
  });

  test('a text with every character escaped is itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = Array.from(text, (character) => `\\${character}`).join('');
        return expandWord(escaped, variables, backslash) === text;
      }),
    );
  });

  test('words joined by blanks are the words', () => {
    const plain = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '.', ':', '='),
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(plain), (words) => {
        expect(expandWords(words.join('  '), variables, backslash)).toEqual(words);
      }),
    );
  });
});

test('nesting without end is an error, not the end of the stack', () => {
  expect(() => expandWord('${a:-'.repeat(50_000), variables, backslash)).toThrow('nested');
});

test('values that double with each line end in an error, not in memory', () => {
  const growing = new Map([['a', 'x'.repeat(100_000)]]);
  const double = (): void => {
    for (;;) growing.set('a', expandWord('"$a$a"', growing, backslash));
  };
  expect(double).toThrow('too long');
});
