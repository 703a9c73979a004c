import { expect, test } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { asToolError, errorDocument, exitCode, renderError } from '../../src/render/error.ts';
import { styleFor } from '../../src/render/style.ts';

const plain = styleFor(false);

test('an error says what, where and what next', () => {
  const text = 'env:\n  APP: x\nprots: [8080]\nuser: me\n';
  const error = new ToolError('CONFIG_INVALID', 'coracle.yaml has no key "prots"', {
    where: { file: 'coracle.yaml', line: 3, column: 1, endLine: 3, endColumn: 6, text },
    hint: 'Did you mean ports?',
  });
  expect(renderError(error, plain)).toBe(
    `error: coracle.yaml has no key "prots" [CONFIG_INVALID]
  --> coracle.yaml:3:1
  2 |   APP: x
> 3 | prots: [8080]
    | ^^^^^
  4 | user: me
hint: Did you mean ports?
`,
  );
});

test("another program's lines stay as they are", () => {
  const detail = 'cmd/api/main.go:3:5:\tundefined: x\ncmd/api/main.go:9:1: syntax error\n';
  const shown = renderError(new ToolError('GO_COMPILE', 'go build failed', { detail }), plain);
  expect(shown).toContain(`\n${detail.trimEnd()}\n`);
});

test('a tab before the place does not shift the mark', () => {
  const where = { file: 'a', line: 1, column: 3, endColumn: 5, endLine: 1, text: '\tx: y' };
  expect(renderError(new ToolError('USAGE', 'm', { where }), plain)).toContain(
    '> 1 |     x: y\n    |      ^^\n',
  );
});

test('neither secrets nor escape sequences get out', () => {
  const error = new ToolError('NETWORK', 'cannot reach https://me:secret@proxy/ \u001B[2J', {
    detail: 'GET https://me:secret@proxy/x',
    hint: 'Look at https://me:secret@proxy/',
    cause: new Error('https://me:secret@proxy/'),
  });
  const everything = renderError(error, plain, { debug: true }) + JSON.stringify(errorDocument(error));
  expect(everything).not.toContain('secret');
  expect(renderError(error, plain)).not.toContain('\u001B');
});

test('what is no error of ours is a bug of ours', () => {
  const error = asToolError(new TypeError('x is undefined'));
  expect(exitCode(error)).toBe(70);
  expect(renderError(error, plain)).toContain('this is a bug in Coracle: x is undefined [INTERNAL]');
  expect(renderError(error, plain)).not.toContain('    at ');
  expect(renderError(error, plain, { debug: true })).toContain('caused by: TypeError');
  expect(exitCode(asToolError('text'))).toBe(70);
});
