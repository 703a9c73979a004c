import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { lineDiff } from '../../../src/compare/flags/line-diff.ts';
import type { Setting } from '../../../src/compare/flags/types.ts';
import { editYaml } from '../../../src/compare/flags/yaml-edit.ts';

const strip: Setting = { key: ['go', 'strip'], value: true };
const tags: Setting = { key: ['go', 'tags'], items: ['netgo', 'osusergo'] };
const cflags: Setting = { key: ['go', 'env', 'CGO_CFLAGS'], value: '-O2 -g -Os' };

function edited(before: string, ...settings: Setting[]): string {
  const result = editYaml(before, settings);
  if ('refused' in result) throw new Error(result.refused);
  return result.text;
}

function refusal(before: string, ...settings: Setting[]): string | undefined {
  const result = editYaml(before, settings);
  return 'refused' in result ? result.refused : undefined;
}

test('a value is changed where it stands; comments, order, quotes and blank lines stay', () => {
  const before = `# Ours\nimage: "example.com/app" # the name\n\ngo:\n  strip: false # for now\n  # why\n  tags:\n    - more\n\n# the end\nuser: '1000'\n`;
  expect(edited(before, strip, tags)).toBe(
    `# Ours\nimage: "example.com/app" # the name\n\ngo:\n  strip: true # for now\n  # why\n  tags:\n    - more\n    - netgo\n    - osusergo\n\n# the end\nuser: '1000'\n`,
  );
});

test('a key that is missing joins the map that is there, with its indentation', () => {
  expect(edited('go:\n    vcs: false\nuser: nobody\n', cflags)).toBe(
    'go:\n    vcs: false\n    env:\n      CGO_CFLAGS: -O2 -g -Os\nuser: nobody\n',
  );
  expect(edited('user: nobody', strip)).toBe('user: nobody\ngo:\n  strip: true\n');
  expect(edited('# nothing yet\n', strip)).toBe('# nothing yet\ngo:\n  strip: true\n');
  expect(edited('', tags)).toBe('go:\n  tags:\n    - netgo\n    - osusergo\n');
});

test('what is written in one line stays in one line', () => {
  const before = 'go: { vcs: false, tags: [a, netgo] } # short\n';
  expect(edited(before, strip, tags)).toBe(
    'go: { vcs: false, tags: [a, netgo, osusergo], strip: true } # short\n',
  );
  expect(edited('go: {}\n', strip)).toBe('go: {strip: true}\n');
  expect(parse(edited(before, cflags))).toEqual({
    go: { vcs: false, tags: ['a', 'netgo'], env: { CGO_CFLAGS: '-O2 -g -Os' } },
  });
});

test('line ends of Windows stay', () => {
  expect(edited('go:\r\n  strip: false\r\nuser: a\r\n', strip, tags)).toBe(
    'go:\r\n  strip: true\r\n  tags:\r\n    - netgo\r\n    - osusergo\r\nuser: a\r\n',
  );
});

test.each([
  ['an anchor, whose change would be one elsewhere', 'go: &g\n  strip: false\nother: *g\n', 'anchors'],
  ['several documents', 'go: {}\n---\ngo: {}\n', 'not one YAML document'],
  ['no YAML', 'go: [\n', 'not one YAML document'],
  ['a merge key', 'base: &b {strip: false}\ngo:\n  <<: *b\n', 'anchors'],
  ['a list in place of a map', 'go:\n  - strip\n', 'no safe place for go.strip'],
  ['text over several lines', 'go:\n  strip: >\n    fal\n    se\n', 'no safe place for go.strip'],
  ['a key without a value', 'go:\n', 'no safe place for go.strip'],
  ['a comment before the bracket', 'go: {\n  vcs: false # not yet\n}\n', 'no safe place for go.strip'],
  ['mixed line ends', 'go:\r\n  vcs: true\nuser: a\r\n', 'lines end'],
])('it is refused: %s', (_, before, why) => {
  expect(refusal(before, strip)).toContain(why);
});

test('a difference shows what changes and two lines around it', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join('\n');
  expect(lineDiff(before, before.replace('b', 'B').replace('i', 'i\nI'))).toEqual([
    ...[' a', '-b', '+B', ' c', ' d', '…', ' h', ' i', '+I', ' j'],
  ]);
  expect(lineDiff('', 'x\ny\n')).toEqual(['+x', '+y']);
  expect(lineDiff('x\n', 'x\n')).toEqual([]);
});
