import { expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { checkFrontend } from '../../src/dockerfile/directives-frontend.ts';
import { typeInstruction } from '../../src/dockerfile/instruction-type.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { printBytes } from '../../src/dockerfile/print.ts';

const size = 1 << 20;

function fill(unit: string, before = '', after = ''): string {
  return before + unit.repeat(Math.floor(size / unit.length)) + after;
}

/** Nothing here may be slow or nest too deeply. Each takes well under a second; what is quadratic would take minutes. */
const texts: Readonly<Record<string, string | Uint8Array>> = {
  'only blanks': fill(' '),
  'only wide blanks': fill('\u00a0'),
  'only line ends': fill('\n'),
  'only carriage returns': fill('\r'),
  'only CRLF': fill('\r\n'),
  'only backslashes': fill('\\'),
  'only continuations': fill('\\\n'),
  'blanks behind each continuation': fill('RUN a \\ \t \n'),
  'blanks behind one continuation': fill(' ', 'RUN \\'),
  'only comments': fill('#\n'),
  'comments in a continuation': fill('# x\n', 'RUN \\\n'),
  'one line': fill('a', 'RUN '),
  'one keyword': fill('F'),
  'one keyword of another alphabet': fill('\u00e9'),
  'a letter a line': fill('a\n'),
  'a million words': fill('a ', 'COPY '),
  pairs: fill('a="b c" ', 'ENV '),
  'names of ARG': fill('a ', 'ARG '),
  'no pairs': fill('a', 'ENV '),
  ports: fill('1 ', 'EXPOSE '),
  flags: fill('--exclude=b ', 'COPY ', ' a b'),
  'quotes in a flag': fill('"', 'RUN --a='),
  mounts: fill('--mount=target=/a ', 'RUN ', 'x'),
  'options of a mount': fill('ro,', 'RUN --mount=', 'ro x'),
  'quotes in a mount': fill('\\"', 'RUN --mount=', ' x'),
  'heredocs that do not end': fill('<<A ', 'RUN '),
  'heredocs in a row': `COPY ${'<<A '.repeat(size / 8)}/x\n${'A\n'.repeat(size / 8)}`,
  'many steps with heredocs': fill('RUN <<A\nx\nA\n'),
  'a long name of a heredoc': `RUN <<${'a'.repeat(size / 2)}\n${'b\n'.repeat(size / 4)}`,
  'lines that are nearly the end': `RUN <<${'a'.repeat(1000)}\n${`${'a'.repeat(999)}b\n`.repeat(1000)}`,
  'tabs that go': fill('\t', 'RUN <<-A\n', '\nA\n'),
  'lines of tabs that go': fill('\t\n', 'RUN <<-A\n', 'A\n'),
  'blanks before a name': fill(' ', 'RUN <<', 'A\nA\n'),
  'a descriptor': fill('1', 'RUN ', '<<A\nA\n'),
  'less than': fill('<', 'RUN '),
  'quotes behind a heredoc': fill('"', 'RUN <<A '),
  variables: fill('$a', 'RUN <<A '),
  'variables that are open': fill('${a:-', 'RUN <<A '),
  'variables in quotes in variables': fill('"${a:-', 'RUN <<A '),
  'variables in variables': `RUN <<A ${'${a:-'.repeat(size / 8)}${'}'.repeat(size / 8)}\nA\n`,
  replacements: fill('${a/b/', 'RUN <<A '),
  'a JSON list': fill('"a",', 'RUN [', '"a"]'),
  'a JSON list of heredocs': fill('"<<A",', 'COPY [', '"b"]'),
  'brackets that are open': fill('[', 'RUN '),
  brackets: `RUN ${'['.repeat(size / 2)}${']'.repeat(size / 2)}`,
  'escapes in JSON': fill('\\n', 'RUN ["', '"]'),
  'halves of pairs in JSON': fill('\\ud800', 'COPY ["', '","b"]'),
  directives: fill('# syntax=x\n'),
  'blanks in a directive': fill(' ', '# syntax=x', 'y'),
  'the name of a directive': fill('a', '# ', '=x'),
  'directives of another sign': fill('// check=x\n'),
  'JSON that asks for a frontend': fill('"a":1,', '{', '"syntax":"docker/dockerfile"}'),
  'ONBUILD of ONBUILD': fill('ONBUILD '),
  'heredocs of ONBUILD': fill('<<A ', 'ONBUILD RUN '),
  'a duration': fill('1h', 'HEALTHCHECK --interval=', ' CMD x'),
  'a number': fill('9', 'HEALTHCHECK --retries=', ' CMD x'),
  'the name of a stage': fill('a', 'FROM x AS '),
  'half a character': new Uint8Array(size).fill(0xc3),
  'no character': new Uint8Array(size).fill(0xff),
  'now and then no character': Uint8Array.from({ length: size }, (_, i) => (i % 2 ? 0x41 : 0xff)),
  'three quarters of a character': Uint8Array.from(
    { length: size },
    (_, i) => [0xf0, 0x9f, 0x98, 0x41][i % 4] ?? 0,
  ),
  zeros: new Uint8Array(size),
};

test.each(Object.entries(texts))('a megabyte of %s', { timeout: 20_000 }, (_, source) => {
  try {
    const dockerfile = parseDockerfile(source, 'Dockerfile');
    expect(Buffer.compare(printBytes(dockerfile), Buffer.from(source))).toBe(0);
    for (const node of dockerfile.nodes) {
      if (node.kind === 'instruction') typeInstruction(node, dockerfile);
    }
    checkFrontend(dockerfile);
  } catch (error) {
    if (!isToolError(error)) throw error;
    expect(error.where).toMatchObject({ file: 'Dockerfile' });
    expect(error.message.length + (error.hint?.length ?? 0)).toBeLessThan(1000);
  }
});
