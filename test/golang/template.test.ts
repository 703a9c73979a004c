import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { expandTemplate, needsDescribe, templateNames } from '../../src/golang/template.ts';
import type { TemplateFacts } from '../../src/golang/template.ts';
import type { Vcs } from '../../src/golang/vcs.ts';

const vcs: Vcs = {
  root: '/src',
  revision: '0123456789abcdef0123456789abcdef01234567',
  time: '2024-05-06T07:08:09Z',
  epoch: 1714979289,
  dirty: false,
  shallow: false,
  branch: 'main',
  tag: 'v1.2.3',
  tagsKey: '',
};
const facts: TemplateFacts = { vcs, env: { USER_NAME: 'ann', EMPTY: '' } };

describe('expandTemplate', () => {
  test.each([
    [
      '-X main.version={{.Version}} -X main.commit={{ .Commit }}',
      `-X main.version=1.2.3 -X main.commit=${vcs.revision}`,
    ],
    ['{{.Tag}} {{.ShortCommit}} {{.FullCommit}}', `v1.2.3 0123456 ${vcs.revision}`],
    ['{{.Date}} {{.Timestamp}} {{.CommitDate}}', '2024-05-06T07:08:09Z 1714979289 2024-05-06T07:08:09Z'],
    ['{{ .Git.Tag }}/{{.Git.Branch}}/{{.Git.TreeState}}/{{.Git.IsDirty}}', 'v1.2.3/main/clean/false'],
    ['{{- .Env.USER_NAME -}}{{.Env.EMPTY}}', 'ann'],
    ['no template, {one} brace }}', 'no template, {one} brace }}'],
  ])('%s', (text, expected) => {
    expect(expandTemplate(text, facts, 'go.ldflags')).toBe(expected);
  });

  test('names a version between tags, without tags, with changes, and without a repository', () => {
    const { tag: _tag, ...untagged } = vcs;
    const version = (of: Vcs | undefined, rest: Partial<TemplateFacts> = {}) =>
      expandTemplate('{{.Version}}', { vcs: of, env: {}, ...rest }, 'x');
    expect(version({ ...untagged, describe: 'v1.2.3-4-g0123456' })).toBe('1.2.3-4-g0123456');
    expect(version(untagged)).toBe('0123456');
    expect(version({ ...vcs, dirty: true })).toBe('1.2.3-dirty');
    expect(version({ ...vcs, tag: 'vanilla' })).toBe('vanilla');
    expect(version(undefined)).toBe('devel');
    expect(version(undefined, { version: 'v2.10.2' })).toBe('2.10.2');
  });

  test('takes SOURCE_DATE_EPOCH over the time of the commit, and never the clock', () => {
    expect(expandTemplate('{{.Date}} {{.CommitDate}}', { ...facts, epoch: 0 }, 'x')).toBe(
      '1970-01-01T00:00:00Z 2024-05-06T07:08:09Z',
    );
    expect(expandTemplate('{{.Date}}', { env: {} }, 'x')).toBe('1970-01-01T00:00:00Z');
  });

  test.each([
    '{{.Vresion}}',
    '{{Version}}',
    '{{.Version | upper}}',
    '{{if .Tag}}',
    '{{}}',
    '{{.constructor}}',
  ])('refuses %s and lists what there is', (text) => {
    const error = caught(() => expandTemplate(text, facts, 'go.ldflags'));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain('go.ldflags');
    expect(error.hint).toContain('{{.ShortCommit}}');
  });

  test('guesses what was meant, and names a variable that is not set', () => {
    expect(caught(() => expandTemplate('{{.Vresion}}', facts, 'x')).hint).toContain(
      'Did you mean {{.Version}}?',
    );
    expect(caught(() => expandTemplate('{{.Env.NOT_SET}}', facts, 'x')).message).toContain('NOT_SET');
  });

  test('knows when describe is needed', () => {
    expect(needsDescribe('a {{ .Version }}')).toBe(true);
    expect(needsDescribe('{{.Tag}} .Version')).toBe(false);
    expect(templateNames).toContain('Git.ShortCommit');
  });
});

function caught(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isToolError(error)) return error;
    throw error;
  }
  throw new Error('expected an error');
}
