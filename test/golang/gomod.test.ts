import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { parseGoMod } from '../../src/golang/gomod.ts';
import { parseGoWork } from '../../src/golang/gowork.ts';

const sample = `// A service.
module example.com/app // the name

go 1.24.0
toolchain go1.24.3

require example.com/one v1.2.3
require (
	example.com/two/v2 v2.0.0-20240101000000-abcdefabcdef // indirect; for now

	"example.com/three" v0.1.0 // indirect
)
replace example.com/one => ../one
replace (
	example.com/two/v2 v2.0.0 => example.com/fork v1.0.0
)
exclude example.com/bad v1.0.0
retract [v1.0.0, v1.1.0] // wrong
retract ( )
tool example.com/tool/cmd/x
godebug panicnil=1
ignore ./node_modules
someday (
	anything goes
)
`;

function thrown(work: () => unknown): ToolError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
}

describe('go.mod', () => {
  it('is read with all that a build must know', () => {
    const mod = parseGoMod(sample, 'go.mod');
    expect(mod).toMatchObject({
      module: 'example.com/app',
      go: '1.24.0',
      toolchain: 'go1.24.3',
      require: [
        { path: 'example.com/one', version: 'v1.2.3', indirect: false },
        { path: 'example.com/two/v2', version: 'v2.0.0-20240101000000-abcdefabcdef', indirect: true },
        { path: 'example.com/three', version: 'v0.1.0', indirect: true },
      ],
      replace: [
        { path: 'example.com/one', by: { path: '../one' } },
        {
          path: 'example.com/two/v2',
          version: 'v2.0.0',
          by: { path: 'example.com/fork', version: 'v1.0.0' },
        },
      ],
      exclude: [{ path: 'example.com/bad', version: 'v1.0.0' }],
      tools: ['example.com/tool/cmd/x'],
      godebug: { panicnil: '1' },
    });
  });

  it('says where each thing stands', () => {
    const mod = parseGoMod(sample, '/src/go.mod');
    expect(mod.where.go).toMatchObject({
      file: '/src/go.mod',
      line: 4,
      column: 1,
      endLine: 4,
      endColumn: 10,
      text: sample,
    });
    expect(mod.require[2]?.where).toMatchObject({ line: 11, column: 2, endColumn: 28 });
  });

  it('is read with Windows line ends and without a last one', () => {
    expect(parseGoMod('module a.b/c\r\n\r\ngo 1.22\r\n', 'go.mod')).toMatchObject({
      module: 'a.b/c',
      go: '1.22',
    });
    expect(parseGoMod('module "a.b/\\x63"\ngo 1.22', 'go.mod')).toMatchObject({
      module: 'a.b/c',
      go: '1.22',
    });
    expect(parseGoMod('module `a.b/c`', 'go.mod').module).toBe('a.b/c');
  });

  it('may be empty, as the go command says better what is wrong then', () => {
    expect(parseGoMod('', 'go.mod')).toEqual({
      file: 'go.mod',
      where: {},
      require: [],
      replace: [],
      exclude: [],
      tools: [],
      godebug: {},
    });
  });

  it.each([
    ['go banana', 1, 4, /no Go version/],
    ['module x\ngo 1.2\n\n  go 1.3', 4, 6, /second go line/],
    ['toolchain 1.22', 1, 11, /no toolchain/],
    ['require x', 1, 9, /module path and a version/],
    ['require (\n\tx v1 extra\n)', 2, 2, /module path and a version/],
    ['replace a b', 1, 9, /form PATH/],
    ['replace a => b', 1, 14, /needs a version/],
    ['replace a => ./b v1.0.0', 1, 18, /cannot have a version/],
    ['replace a =>', 1, 9, /form PATH/],
    ['require (\n\tx v1\n', 1, 1, /never closed/],
    ['require (\n\tx v1\n) y', 3, 3, /closing bracket/],
    ['module "x', 1, 8, /does not end/],
    ['module "\\q"', 1, 8, /no Go string/],
    ['module /* x */', 1, 8, /not \/\* \*\//],
    ['module x\u0007', 1, 9, /U\+0007/],
    ['godebug x', 1, 9, /KEY=VALUE/],
  ])('with %j fails at line %i, column %i', (text, line, column, message) => {
    const error = thrown(() => parseGoMod(text, 'go.mod'));
    expect(error?.code).toBe('CONFIG_INVALID');
    expect(error?.message).toMatch(message);
    expect(error?.where).toMatchObject({ file: 'go.mod', line, column, text });
    expect(error?.hint).toBeTruthy();
  });

  it('gives a module or an error with a place for any text', () => {
    const word = fc.constantFrom(
      'module',
      'go',
      'toolchain',
      'require',
      'replace',
      '=>',
      '(',
      ')',
      '"',
      '`',
      '//',
      '\n',
      '\t',
      ' ',
      '1.22',
      'v1.0.0',
      './x',
      'a.b/c',
      '\\',
      ',',
      '\r\n',
      '\u00e9',
      '\ud800',
      '/*',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
      fc.array(word, { maxLength: 40 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (source) => {
        for (const parse of [parseGoMod, parseGoWork]) {
          const error = thrown(() => parse(source, 'go.mod'));
          const { line, column } = error?.where ?? { line: error ? 0 : 1, column: 1 };
          expect(error?.code ?? 'CONFIG_INVALID').toBe('CONFIG_INVALID');
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(source.split('\n').length);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of a megabyte is read without looking at anything twice', () => {
    const text = `module x\nrequire (\n${'\texample.com/module v1.0.0 // indirect\n'.repeat(25_000)})\n`;
    expect(parseGoMod(text, 'go.mod').require).toHaveLength(25_000);
    expect(() => parseGoMod(`module ${'"\\'.repeat(200_000)}`, 'go.mod')).toThrow(ToolError);
  });
});

describe('go.work', () => {
  it('is read with its modules', () => {
    const work = parseGoWork(
      'go 1.25\ntoolchain go1.25.3\nuse ./a\nuse (\n\t./b // two\n\t"./c d"\n)\nreplace x => y v1.0.0\n',
      'go.work',
    );
    expect(work).toMatchObject({
      go: '1.25',
      toolchain: 'go1.25.3',
      use: [{ path: './a' }, { path: './b', where: { line: 5 } }, { path: './c d' }],
      replace: [{ path: 'x', by: { path: 'y', version: 'v1.0.0' } }],
    });
  });

  it('with a use of nothing fails', () => {
    expect(thrown(() => parseGoWork('use', 'go.work'))?.where).toMatchObject({ line: 1, column: 1 });
  });
});
