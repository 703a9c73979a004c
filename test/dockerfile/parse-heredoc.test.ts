import { describe, expect, test } from 'vitest';
import { failure, instructionsOf, parse } from './dockerfiles.ts';

/** Name and body of each heredoc; `!` when nothing in it is expanded, `-` when tabs go, the number of its descriptor. */
function heredocs(text: string): string[] {
  return instructionsOf(text).flatMap((node) =>
    node.heredocs.map(
      ({ name, expand, chomp, fd, content }) =>
        `${fd === 0 ? '' : fd}${expand ? '' : '!'}${chomp ? '-' : ''}${name}:${content}`,
    ),
  );
}

describe('what begins one', () => {
  const body = '\na\nE\nRUN z\n';
  test.each<[string, string[]]>([
    ['RUN <<E', ['E:a\n']],
    ['run <<E', ['E:a\n']],
    ['COPY <<E /x', ['E:a\n']],
    ['ADD <<E /x', ['E:a\n']],
    ['ONBUILD RUN <<E', ['E:a\n']],
    ['onbuild copy --link <<E /x', ['E:a\n']],
    ['RUN --mount=target=/x <<E', ['E:a\n']],
    ['RUN cat <<E > /x', ['E:a\n']],
    ['RUN <<-E', ['-E:a\n']],
    ['RUN <<"E"', ['!E:a\n']],
    ["RUN <<'E'", ['!E:a\n']],
    ["RUN <<''E", ['!E:a\n']],
    ['RUN <<-"E"', ['!-E:a\n']],
    ['RUN 3<<E', ['3E:a\n']],
    ['RUN << E', ['E:a\n']],
    ['RUN << \t E', ['E:a\n']],
    [String.raw`RUN <<\E`, ['E:a\n']],
    ['RUN echo $x ${y:-z} "$(a)" <<E', ['E:a\n']],
    ["RUN echo 'it is' \"it's\" <<E", ['E:a\n']],
    ['RUN a \\\n <<E', ['E:a\n']],
    ['RUN ["a"] <<E', ['E:a\n']],
  ])('%s', (line, expected) => expect(heredocs(line + body)).toEqual(expected));

  test.each([
    'CMD <<E',
    'ENV <<E',
    'ENTRYPOINT <<E',
    'ONBUILD CMD <<E',
    'ONBUILD ONBUILD RUN <<E',
    'HEALTHCHECK CMD <<E',
    'RUN ["cat", "<<E"]',
    'COPY ["<<E", "/x"]',
    'RUN a<<E',
    'RUN <<<E',
    'RUN <<<<E',
    'RUN <<E<<E',
    'RUN <<- E',
    'RUN <<',
    'RUN <<""',
    'RUN "<<E"',
    "RUN '<<E'",
    String.raw`RUN \<<E`,
    'RUN < <E',
    // Mistakes anywhere in the line leave no heredocs at all.
    "RUN it's <<E",
    'RUN "a <<E',
    'RUN ${a[0]} <<E',
    'RUN ${} <<E',
    'RUN ${a^^} <<E',
    'RUN ${a <<E',
    'RUN ${a:#b} <<E',
  ])('not %s', (line) => expect(heredocs(`${line}\nRUN z\n`)).toEqual([]));

  test.each<[string, string[]]>([
    // What Bash knows and BuildKit does not.
    ['RUN <<E>f\na\nE>f\n', ['E>f:a\n']],
    ['RUN echo $((1 << 2))\na\n2))\n', ['2)):a\n']],
    ['RUN <<"a b"\nx\na b\n', ['!a b:x\n']],
    ['RUN <<$X\nx\n$X\n', ['$X:x\n']],
    ['RUN ${x:-a <<E} b\na\nE}\n', ['E}:a\n']],
    ['RUN ${x:1} <<E\na\nE\n', ['E:a\n']],
    ['RUN ${x//a b/c} <<E\na\nE\n', ['E:a\n']],
    // The lexer's escape character is the backslash, whatever the directive says.
    ['# escape=`\nRUN `"<<E`"\n', []],
    ['# escape=`\nRUN <<\\E\na\nE\n', ['E:a\n']],
  ])('%j', (text, expected) => expect(heredocs(text)).toEqual(expected));
});

describe('bodies', () => {
  test.each<[string, string, string[]]>([
    ['empty', 'RUN <<E\nE\n', ['E:']],
    ['an end without a line end', 'RUN <<E\na\nE', ['E:a\n']],
    ['comments and blank lines stay', 'RUN <<E\n# a\n\n b \\\nE\n', ['E:# a\n\n b \\\n']],
    ['white space before the end is no end', 'RUN <<E\n E\n\tE\nE\n', ['E: E\n\tE\n']],
    ['white space behind the end is no end', 'RUN <<E\nE \nE\n', ['E:E \n']],
    ['tabs go everywhere', 'RUN <<-E\n\t\ta\n b\n\t\n\tE\n', ['-E:a\n b\n\n']],
    ['tabs inside a line stay', 'RUN <<-E\na\tb\n\tE\n', ['-E:a\tb\n']],
    ['blanks before the end are no end', 'RUN <<-E\n E\n\tE\n', ['-E: E\n']],
    ['CRLF stays in the body', 'RUN <<E\r\na\r\nE\r\nRUN z', ['E:a\r\n']],
    ['two in order', 'COPY <<A <<-B /x\na\nA\n\tb\n\tB\n', ['A:a\n', '-B:b\n']],
    ['two of one name', 'RUN <<A <<A\n1\nA\n2\nA\n', ['A:1\n', 'A:2\n']],
    ['directives in a body are text', 'RUN <<E\n# escape=`\nE\n', ['E:# escape=`\n']],
    ['instructions in a body are text', 'RUN <<E\nFROM x\nE\n', ['E:FROM x\n']],
    ['a name in any bytes', 'RUN <<\udcff\na\n\udcff\n', ['\udcff:a\n']],
  ])('%s', (_, text, expected) => expect(heredocs(text)).toEqual(expected));

  test('the next instruction begins behind the end', () => {
    const nodes = instructionsOf('RUN <<A <<B\na\nA\nb\nB\nRUN c\n');
    expect(nodes.map(({ rest }) => rest)).toEqual(['<<A <<B', 'c']);
  });

  test('the raw body and the marker have their places', () => {
    const text = 'RUN x <<-E\n\ta\n\tE\n';
    const [heredoc] = instructionsOf(text)[0]?.heredocs ?? [];
    expect(text.slice(heredoc?.bodySpan.start, heredoc?.bodySpan.end)).toBe('\ta\n');
    expect(text.slice(heredoc?.markerSpan.start, heredoc?.markerSpan.end)).toBe('<<-E');
  });
});

describe('errors', () => {
  test.each([
    ['no end', 'FROM a\nRUN x <<EOF && y\nb\nEOF2\n', 'this heredoc does not end: no line is "EOF"', '<<EOF'],
    ['the second has no end', 'RUN <<A <<B\nA\n', 'this heredoc does not end: no line is "B"', '<<B'],
    ['a shift that is none', 'RUN echo $((1 << 2))', 'this heredoc does not end: no line is "2))"', '<< 2))'],
    ['a name with half a quote', 'RUN ${X:-a <<"b c"}\n', 'the name of this heredoc cannot be read', '<<"b'],
  ])('%s', (_, text, message, at) => {
    const { error, ...failed } = failure(() => parse(text));
    expect(failed).toMatchObject({ message, at });
    expect(error.code).toBe('DOCKERFILE_INVALID');
    expect(failed.hint).toContain('If it is no heredoc, put it in quotes.');
  });
});
