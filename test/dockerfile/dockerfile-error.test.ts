import { describe, expect, test } from 'vitest';
import { dockerfileError, rangeOf } from '../../src/dockerfile/dockerfile-error.ts';
import { renderError } from '../../src/render/error.ts';
import { styleFor } from '../../src/render/style.ts';
import { failure, parse, typed } from './dockerfiles.ts';

describe('rangeOf', () => {
  const dockerfile = { file: 'a/Dockerfile', text: 'FROM x\r\nRUN a \\\n  b\n' };
  test.each([
    [0, 4, 1, 1, 1, 5],
    [5, 6, 1, 6, 1, 7],
    [8, 19, 2, 1, 3, 4],
    [17, 18, 3, 2, 3, 3],
    // A line end belongs to its own line; an empty span shows one character.
    [8, 20, 2, 1, 3, 5],
    [20, 20, 4, 1, 4, 2],
    [4, 4, 1, 5, 1, 6],
  ])('%i to %i', (start, end, line, column, endLine, endColumn) => {
    const { text, file } = dockerfile;
    expect(rangeOf(dockerfile, { start, end })).toEqual({ file, text, line, column, endLine, endColumn });
  });

  test('the error has the code, the place and the hint', () => {
    const error = dockerfileError(dockerfile, { start: 5, end: 6 }, 'no', 'do');
    expect(error).toMatchObject({
      code: 'DOCKERFILE_INVALID',
      message: 'no',
      hint: 'do',
      where: { line: 1, column: 6 },
    });
  });
});

describe('as it is shown', () => {
  const shown = (act: () => unknown): string[] =>
    renderError(failure(act).error, styleFor(false)).trimEnd().split('\n');

  test('an instruction that is spelt wrongly', () => {
    expect(shown(() => typed('# a\nFORM golang:1\n'))).toEqual([
      'error: unknown instruction "FORM" [DOCKERFILE_INVALID]',
      '  --> Dockerfile:2:1',
      '  1 | # a',
      '> 2 | FORM golang:1',
      '    | ^^^^',
      'hint: Did you mean FROM?',
    ]);
  });

  test('an option of a mount on a line of its own', () => {
    expect(
      shown(() =>
        typed('RUN --mount=type=cache,target=/a \\\n    --mount=type=cahce,target=/b \\\n    make'),
      ),
    ).toEqual([
      'error: there is no mount of type "cahce" [DOCKERFILE_INVALID]',
      '  --> Dockerfile:2:18',
      '  1 | RUN --mount=type=cache,target=/a \\',
      '> 2 |     --mount=type=cahce,target=/b \\',
      '    |                  ^^^^^',
      '  3 |     make',
      'hint: Did you mean type=cache?',
    ]);
  });

  test('a heredoc that does not end', () => {
    expect(shown(() => parse('FROM a\nRUN cat <<EOF\nx\nEOF;\n'))).toEqual([
      'error: this heredoc does not end: no line is "EOF" [DOCKERFILE_INVALID]',
      '  --> Dockerfile:2:9',
      '  1 | FROM a',
      '> 2 | RUN cat <<EOF',
      '    |         ^^^^^',
      '  3 | x',
      'hint: Write a line that is only "EOF" behind its text, at the start of the line. If it is no heredoc, put it in quotes.',
    ]);
  });

  test('a very long word is cut', () => {
    const [message = ''] = shown(() => typed(`${'X'.repeat(5000)} a`));
    expect(message.length).toBeLessThan(120);
  });
});
