import { describe, expect, test } from 'vitest';
import type { CopyInstruction } from '../../src/dockerfile/instructions.ts';
import { failure, typed, typedAs } from './dockerfiles.ts';

/** Sources, `->` the destination; a heredoc as `name{body}`, with `!` when nothing in it is expanded. */
function shape({ sources, dest }: CopyInstruction): string {
  const words = sources.map((source) =>
    source.kind === 'path'
      ? source.word.text
      : `${source.file.expand ? '' : '!'}${source.file.name}{${source.file.content}}`,
  );
  return `${words.join('; ')}->${dest.text}`;
}

describe('sources and destination', () => {
  test.each([
    ['COPY a b', 'a->b'],
    ['COPY a b\tc  d', 'a; b; c->d'],
    ['COPY "a b" c', '"a; b"->c'],
    [String.raw`COPY a\ b c`, String.raw`a\; b->c`],
    ['COPY ["a b", "c"]', 'a b->c'],
    ['COPY --link ["a","b c","d/"]', 'a; b c->d/'],
    ['COPY ["a", "b"] c', '["a",; "b"]->c'],
    ['COPY ["a" "b"]', '["a"->"b"]'],
    ['COPY $a/x* ${b:-c}', '$a/x*->${b:-c}'],
    ['COPY a \\\n # c\n b \\\n c', 'a; b->c'],
    ['COPY <<E /x\na\nE\n', 'E{a\n}->/x'],
    ['COPY <<"E" /x\n$a\nE\n', '!E{$a\n}->/x'],
    ['COPY <<-E b /x\n\ta\n\tE\n', 'E{a\n}; b->/x'],
    ['COPY <<A <<B /x\na\nA\nb\nB\n', 'A{a\n}; B{b\n}->/x'],
    // As in BuildKit: one name has one body, the last; a name with white space is two words; JSON has no bodies.
    ['COPY <<A <<A /x\n1\nA\n2\nA\n', 'A{2\n}; A{2\n}->/x'],
    ['COPY << A /x\n1\nA\n', '<<; A->/x'],
    ['COPY ["<<A", "/x"]', 'A{}->/x'],
  ])('%j', (text, expected) => {
    const [first = '', ...rest] = text.split('\n');
    const once = [first.replace(/^COPY/, 'ADD'), ...rest].join('\n');
    expect(shape(typedAs('copy', text))).toBe(expected);
    expect(shape(typedAs('add', once))).toBe(expected);
  });

  test('words have their places, also in JSON', () => {
    const text = 'COPY --link \\\n  ["a \\u0041", \\\n "c"]';
    const { sources, dest } = typedAs('copy', text);
    const at = ({ start, end }: { start: number; end: number }): string => text.slice(start, end);
    const [source] = sources;
    if (source?.kind !== 'path') throw new Error('no path');
    expect(source.word.text).toBe('a A');
    expect(at(source.word.span)).toBe('"a \\u0041"');
    expect(at(dest.span)).toBe('"c"');
  });

  test.each([
    ['COPY', 'COPY needs a source and a destination', 'COPY'],
    ['ADD a', 'ADD needs a destination behind the source', 'ADD'],
    ['COPY --from=x a', 'COPY needs a destination behind the source', 'COPY'],
    ['COPY []', 'COPY needs a source and a destination', 'COPY'],
    ['COPY [1, 2]', 'the JSON array of COPY holds something that is no string', '[1, 2]'],
    ['COPY a <<E\nE\n', 'the destination of COPY cannot be a heredoc', '<<E'],
  ])('not %j', (text, message, at) => expect(failure(() => typed(text))).toMatchObject({ message, at }));
});

describe('flags', () => {
  test('of COPY', () => {
    const text = 'COPY --from=x --chown=$U:g --chmod=u+x --link --parents --exclude=*.a --exclude="b c" a b';
    expect(typed(text)).toMatchObject({
      kind: 'copy',
      from: { text: 'x' },
      chown: { text: '$U:g' },
      chmod: { text: 'u+x' },
      link: true,
      parents: true,
      exclude: [{ text: '*.a' }, { text: 'b c' }],
    });
  });

  test('of ADD', () => {
    const text =
      'ADD --chown=1 --chmod=755 --link=false --checksum=sha256:0 --keep-git-dir --unpack=FALSE --exclude=x a b';
    expect(typed(text)).toMatchObject({
      kind: 'add',
      link: false,
      parents: false,
      checksum: { text: 'sha256:0' },
      keepGitDir: true,
      unpack: false,
      exclude: [{ text: 'x' }],
    });
  });

  test('that are not given, or empty, are no fields', () => {
    const bare = ['dest', 'exclude', 'kind', 'link', 'parents', 'source', 'sources', 'span'];
    expect(Object.keys(typed('ADD a b')).sort()).toEqual(bare);
    expect(Object.keys(typed('COPY --from= --chown= --chmod= a b')).sort()).toEqual(bare);
  });

  test.each([
    ['COPY --form=x a b', 'COPY has no flag "--form"', 'Did you mean --from?', '--form=x'],
    ['ADD --from=x a b', 'ADD has no flag "--from"', 'There are --chown,', '--from=x'],
    ['ADD --parents a b', 'ADD has no flag "--parents"', '', '--parents'],
    ['COPY --checksum=x a b', 'COPY has no flag "--checksum"', '', '--checksum=x'],
    ['COPY --FROM=x a b', 'COPY has no flag "--FROM"', 'Did you mean --from?', '--FROM=x'],
    ['COPY --toString a b', 'COPY has no flag "--toString"', '', '--toString'],
    ['COPY --=x a b', 'COPY has no flag "--"', '', '--=x'],
    ['COPY --from a b', '--from has no value', '--from=VALUE', '--from'],
    ['COPY --exclude a b', '--exclude has no value', '', '--exclude'],
    ['COPY --link= a b', '--link has no value', '--link or --link=false', '--link='],
    ['COPY --link=$X a b', '--link is true or false, not "$X"', 'Variables are not expanded here.', '$X'],
    ['COPY --link --link a b', '--link is given twice', '', '--link'],
    ['COPY --chown=a --chown=b a b', '--chown is given twice', '', '--chown=b'],
  ])('not %s', (text, message, hint, at) => {
    const failed = failure(() => typed(text));
    expect(failed).toMatchObject({ message, at });
    expect(failed.hint).toContain(hint);
  });
});
