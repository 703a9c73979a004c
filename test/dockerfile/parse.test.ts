import { describe, expect, test } from 'vitest';
import { failure, instructionsOf, parse } from './dockerfiles.ts';

/** Keyword and rest of each instruction. */
function lines(text: string): string[] {
  return instructionsOf(text).map(({ keyword, rest }) => `${keyword}|${rest}`);
}

describe('lines', () => {
  test.each<[string, string, string[]]>([
    ['one', 'FROM a', ['FROM|a']],
    ['white space around', ' \t FROM \t a \t\n', ['FROM|a']],
    ['keywords of any case', 'from a\nrUn b', ['FROM|a', 'RUN|b']],
    ['CRLF', 'FROM a\r\nRUN b\r\n', ['FROM|a', 'RUN|b']],
    ['several carriage returns at a line end', 'FROM a\r\r\nRUN b', ['FROM|a', 'RUN|b']],
    ['a carriage return inside a line', 'RUN a\rb', ['RUN|a\rb']],
    ['a byte order mark', '\ufeffFROM a', ['FROM|a']],
    ['a byte order mark only at the start', 'FROM a\n\ufeffRUN b', ['FROM|a', '\ufeffRUN|b']],
    ['no line end at the end', 'FROM a\nRUN b', ['FROM|a', 'RUN|b']],
    ['nothing', '', []],
    ['only comments', '# a\n\n  # b', []],
    ['a comment behind white space', 'FROM a\n  # RUN x\nRUN b', ['FROM|a', 'RUN|b']],
    ['no comment at the end of a line', 'FROM a # b', ['FROM|a # b']],
    ['vertical tab and form feed part words', 'FROM\v\fa', ['FROM|a']],
    ['a wide space parts no keyword', 'FROM\u00a0a b', ['FROM\u00a0A|b']],
    ['a wide space is trimmed', '\u2003FROM a\u00a0', ['FROM|a']],
    ['a keyword alone', 'RUN\n', ['RUN|']],
    ['an unknown keyword', 'FORM a', ['FORM|a']],
  ])('%s', (_, text, expected) => expect(lines(text)).toEqual(expected));
});

describe('continuations', () => {
  test.each<[string, string, string[]]>([
    ['two lines', 'RUN a \\\n  b', ['RUN|a   b']],
    ['nothing is put between', 'RUN a\\\nb', ['RUN|ab']],
    ['in the keyword', 'RU\\\nN a', ['RUN|a']],
    ['blanks and tabs behind the escape character', 'RUN a \\ \t \n b', ['RUN|a  b']],
    ['a carriage return behind it', 'RUN a \\\r\n b', ['RUN|a  b']],
    ['a blank, then a carriage return', 'RUN a \\ \r\n b', ['RUN|a  b']],
    ['a form feed behind it is none', 'RUN a \\\f\nRUN b', ['RUN|a \\', 'RUN|b']],
    ['two escape characters are none', 'RUN a \\\\\nRUN b', ['RUN|a \\\\', 'RUN|b']],
    ['three are none either', 'RUN a \\\\\\\nRUN b', ['RUN|a \\\\\\', 'RUN|b']],
    ['comments in between', 'RUN a \\\n# c\n  # d \\\n b', ['RUN|a  b']],
    ['blank lines in between', 'RUN a \\\n\n \t\n b', ['RUN|a  b']],
    ['a comment does not end in a continuation', '# a \\\nRUN b', ['RUN|b']],
    ['the file ends in one', 'RUN a \\', ['RUN|a']],
    ['the file ends in one, then comments', 'RUN a \\\n# c\n\n', ['RUN|a']],
    ['the escape character alone', '\\\nRUN a', ['RUN|a']],
    ['alone behind white space', '  \\  \nRUN a', ['RUN|a']],
    ['alone and nothing behind it', '\\\n\n', ['|']],
    ['a hash inside a line is text', 'RUN a \\\n b # c', ['RUN|a  b # c']],
    ['the other character is none', 'RUN a `\nRUN b', ['RUN|a `', 'RUN|b']],
    ['with a backtick', '# escape=`\nRUN a `\n b\nRUN c \\\nRUN d', ['RUN|a  b', 'RUN|c \\', 'RUN|d']],
    ['a Windows path', '# escape=`\nCOPY a c:\\\nRUN b', ['COPY|a c:\\', 'RUN|b']],
  ])('%s', (_, text, expected) => expect(lines(text)).toEqual(expected));

  test('comments in between are kept in the tree', () => {
    const [node] = instructionsOf('RUN a \\\n # one\n\n#two \\\n b\n');
    expect(node?.comments.map(({ text }) => text)).toEqual([' one', 'two \\']);
  });

  test('spans point into the text, over continuations and comments', () => {
    const text = 'FROM x\nRUN --mount=target=/a \\\n# c\n  echo \\\n b\n# end';
    const [, node] = instructionsOf(text);
    const at = (span?: { start: number; end: number }): string => text.slice(span?.start, span?.end);
    expect(at(node?.keywordSpan)).toBe('RUN');
    expect(at(node?.flags[0]?.span)).toBe('--mount=target=/a');
    expect(at(node?.flags[0]?.valueSpan)).toBe('target=/a');
    expect(at(node?.restSpan)).toBe('echo \\\n b');
    expect(at(node?.span)).toBe('RUN --mount=target=/a \\\n# c\n  echo \\\n b\n');
  });

  test('an empty rest has its place behind the flags, before a comment', () => {
    const text = 'COPY --link \\\n# c\n';
    const [node] = instructionsOf(text);
    expect(node?.restSpan).toEqual({ start: 11, end: 11 });
  });
});

describe('nodes', () => {
  test('blank lines are one node, every comment is its own', () => {
    const { nodes } = parse('\n \n# a\n#b\n\nFROM x\n');
    expect(nodes.map(({ kind }) => kind)).toEqual(['blank', 'comment', 'comment', 'blank', 'instruction']);
  });
});

describe('directives', () => {
  const names = (text: string): string[] =>
    parse(text).directives.map(({ name, value }) => `${name}=${value}`);
  test.each<[string, string, string[]]>([
    [
      'all three',
      '# syntax=a/b:1\n# escape=`\n# check=skip=all\n',
      ['syntax=a/b:1', 'escape=`', 'check=skip=all'],
    ],
    ['any case, any white space', ' \t#  ESCAPE \t=\t ` \t\nFROM x', ['escape=`']],
    ['no white space', '#escape=`', ['escape=`']],
    ['CRLF', '# escape=`\r\n# check=a\r\n', ['escape=`', 'check=a']],
    ['behind a byte order mark', '\ufeff# escape=`', ['escape=`']],
    ['not behind a comment', '# hello\n# escape=`', []],
    ['not behind an unknown one', '# hello=world\n# escape=`', []],
    ['not behind a blank line', '\n# escape=`', []],
    ['not behind an instruction', 'FROM x\n# escape=`', []],
    ['not behind one with no value', '# syntax=\n# escape=`', []],
    ['not behind a shebang', '#!/usr/bin/env x\n# escape=`', []],
    ['no other comment sign', '// escape=`', []],
    ['a value with white space', '# syntax=a b  ', ['syntax=a b']],
    ['a value of white space only', '# syntax= \n', ['syntax= ']],
  ])('%s', (_, text, expected) => expect(names(text)).toEqual(expected));

  test('an escape that was no directive does not count', () => {
    expect(parse('# c\n# escape=`\nRUN a').escape).toBe('\\');
    expect(parse('# Escape = `\nRUN a').escape).toBe('`');
  });

  test.each([
    ['twice', '# escape=`\n# ESCAPE=`\n', 'the escape directive is given twice', '# ESCAPE=`'],
    ['another character', '# escape=x\n', 'the escape character cannot be "x"', 'x'],
    ['two characters', '# escape=\\\\\n', String.raw`the escape character cannot be "\\\\"`, '\\\\'],
  ])('%s is an error', (_, text, message, at) => {
    expect(failure(() => parse(text))).toMatchObject({ message, at });
  });
});

describe('flags', () => {
  const flags = (text: string, head = ''): string[] =>
    instructionsOf(head + text).flatMap(({ flags, rest }) => [
      ...flags.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`)),
      `|${rest}`,
    ]);
  test.each<[string, string[]]>([
    ['COPY --link a b', ['link', '|a b']],
    ['COPY --from=x --link=true a b', ['from:x', 'link:true', '|a b']],
    ['COPY --from= a b', ['from:', '|a b']],
    ['COPY a --from=x b', ['|a --from=x b']],
    ['COPY - --from=x b', ['|- --from=x b']],
    ['COPY -- --from=x b', ['|--from=x b']],
    ['COPY --link -- --from=x b', ['link', '|--from=x b']],
    ['COPY --link --', ['link', '|']],
    ['COPY --link', ['link', '|']],
    ['COPY --a="b c" d', ['a:b c', '|d']],
    ["COPY --a='b c' d", ['a:b c', '|d']],
    ['COPY --a=b"c d"e f', ['a:bc de', '|f']],
    ['COPY --a=b\\ c d', ['a:b c', '|d']],
    ['COPY --a="b\\"c" d', ['a:b"c', '|d']],
    ["COPY --a='b\\'c' d", ["a:b'c", '|d']],
    ['COPY --a="b c', ['a:b c', '|']],
    ['COPY --a=b=c d', ['a:b=c', '|d']],
    ['COPY --"" x', ['|x']],
    ['COPY "--a" x', ['|"--a" x']],
    ['COPY --é=ü x', ['é:ü', '|x']],
  ])('%s', (text, expected) => expect(flags(text)).toEqual(expected));

  test('the escape character of the directive', () => {
    expect(flags('COPY --a=c:\\b` c d', '# escape=`\n')).toEqual(['a:c:\\b c', '|d']);
  });
});
