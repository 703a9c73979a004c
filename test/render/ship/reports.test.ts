import { describe, expect, test } from 'vitest';
import { githubAnnotations } from '../../../src/render/ship/github.ts';
import { gitlabCodeQuality, gitlabSection } from '../../../src/render/ship/gitlab.ts';
import { shipJunit } from '../../../src/render/ship/junit.ts';
import { shipMarkdown } from '../../../src/render/ship/markdown.ts';
import { renderShip } from '../../../src/render/ship/terminal.ts';
import { styleFor } from '../../../src/render/style.ts';
import { displayWidth } from '../../../src/render/width.ts';
import type { ShipReport, StageReport } from '../../../src/ship/types.ts';
import { parseJson } from '../../support/json.ts';

const hostile =
  '<script>alert(1)</script> ]]> & "quoted" \'single\' `code` | cell\n::error::not ours\u0000\u0008\uFFFE\uD800\u001B[31mred\r\n%0A http://ana:secret@h/';

const stage = (name: string, more: Partial<StageReport> = {}): StageReport => ({
  name,
  verdict: 'passed',
  summary: `${name} went well`,
  took: 1234,
  before: false,
  findings: [],
  ...more,
});

const report: ShipReport = {
  environment: 'production',
  verdict: 'failed',
  summary: 'verify failed: a host does not answer',
  took: 61_000,
  stages: [
    stage('tests', {
      before: true,
      data: {
        cases: [
          { package: 'example.com/m', name: 'TestGood', outcome: 'passed', seconds: 0.5 },
          { package: 'example.com/m', name: hostile, outcome: 'failed', seconds: 0.25, output: hostile },
          { package: 'example.com/m/x', name: 'TestSlow', outcome: 'skipped', seconds: 0 },
        ],
      },
    }),
    stage('deploy'),
    stage('verify', {
      verdict: 'failed',
      findings: [
        {
          rule: 'verify/answer',
          severity: 'error',
          message: hostile,
          where: { file: '/repo/a,b:c.go', line: 3, column: 7 },
          fix: hostile,
        },
        { rule: 'verify/url', severity: 'warning', message: 'elsewhere', where: { file: '/etc/x', line: 1 } },
        { rule: 'verify/note', severity: 'note', message: 'by the way' },
      ],
    }),
    stage('announce', { verdict: 'not run', summary: '', took: 0 }),
  ],
  undone: [stage('deploy', { summary: 'back to r1' })],
};

const inRepo = (file: string): string | undefined =>
  file.startsWith('/repo/') ? file.slice('/repo/'.length) : undefined;

/** Whether a text is well-formed XML 1.0, as far as our reports go: names, attributes, nesting, references and characters. */
function elementsOf(text: string): string[] {
  expect(text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/);
  expect(text.isWellFormed()).toBe(true);
  // XML 1.0, production 2.
  expect(text).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
  const body = text.slice(text.indexOf('\n') + 1);
  const open: string[] = [];
  const seen: string[] = [];
  const token = /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/y;
  while (token.lastIndex < body.length) {
    const match = token.exec(body);
    expect(match, `at ${token.lastIndex}`).not.toBeNull();
    if (!match) break;
    const [, close, name = '', attributes = '', empty, words = ''] = match;
    expect(`${attributes}${words}`.replaceAll(/&(amp|lt|gt|quot|#\d+);/g, '')).not.toContain('&');
    if (name === '') continue;
    if (close === '/') expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (empty !== '/') open.push(name);
    }
  }
  expect(open).toEqual([]);
  return seen;
}

describe('JUnit', () => {
  test('is well-formed whatever tests print, with a suite for the stages and one for each package', () => {
    const text = shipJunit(report);
    const elements = elementsOf(text);
    expect(elements.filter((name) => name === 'testsuite')).toHaveLength(3);
    expect(elements.filter((name) => name === 'testcase')).toHaveLength(8);
    expect(elements.filter((name) => name === 'failure')).toHaveLength(2);
    expect(text).toContain(
      '<testsuite name="example.com/m" tests="2" failures="1" errors="0" skipped="0" time="0.750">',
    );
    expect(text).toContain('<skipped message="a stage before it failed"/>');
    expect(text).toContain('undo deploy');
    expect(text).not.toContain('secret');
  });
});

describe('Markdown', () => {
  test('text of others is no Markdown and no HTML, and a table keeps its columns', () => {
    const text = shipMarkdown(report);
    expect(text).not.toContain('<script>');
    expect(text).toContain('&lt;script>');
    expect(text).not.toContain('secret');
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(7);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(6);
    expect(text).toContain('### ❌ coracle ship to production failed in 1 m 01 s');
    expect(text).toContain('passed before: tests went well');
  });

  test('a fence is longer than any in the text', () => {
    const long = {
      ...stage('x', {
        verdict: 'failed' as const,
        findings: [{ rule: 'x', severity: 'error' as const, message: 'head\n````\n# title' }],
      }),
    };
    expect(shipMarkdown({ ...report, stages: [long] })).toContain('`````\n````\n# title\n`````');
  });
});

describe('GitHub', () => {
  test('one line a finding, its file from the root of the repository, nothing that ends the command', () => {
    const lines = githubAnnotations(report, inRepo);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).not.toMatch(/[\n\r]/);
    expect(lines[0]).toMatch(/^::error file=a%2Cb%3Ac\.go,line=3,col=7,title=coracle ship%3A verify::/);
    expect(lines[0]).toContain('%0A::error::not ours');
    expect(lines[0]).toContain('%250A');
    expect(lines[1]).toBe('::warning title=coracle ship%3A verify::elsewhere');
    expect(lines[2]).toBe('::notice title=coracle ship%3A verify::by the way');
    expect(lines.join()).not.toContain('secret');
  });

  test('as many as GitHub shows', () => {
    const finding = { rule: 'x', severity: 'error' as const, message: 'm' };
    const many = {
      ...report,
      stages: [stage('x', { findings: Array.from({ length: 99 }, () => finding) })],
      undone: [],
    };
    expect(githubAnnotations(many, inRepo)).toHaveLength(10);
  });
});

describe('GitLab', () => {
  test('code quality has what is in the repository, each with a fingerprint of its own that stays', () => {
    const issues = parseJson<readonly unknown[]>(gitlabCodeQuality(report, inRepo));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({
      check_name: 'verify/answer',
      severity: 'major',
      location: { path: 'a,b:c.go', lines: { begin: 3 } },
    });
    expect(gitlabCodeQuality(report, inRepo)).toBe(gitlabCodeQuality(report, inRepo));
  });

  test('a section of the log has a name of letters only', () => {
    expect(gitlabSection('start', 'bad name\r', 12.7)).toContain('section_start:12:coracle_bad_name_\r');
  });
});

describe('terminal', () => {
  test('a line for each stage, findings below, nothing wider than the window', () => {
    const text = renderShip(report, { style: styleFor(false), columns: 80 });
    expect(text).toContain(' tests     before      1.2 s  tests went well');
    expect(text).toContain(' announce  not run');
    expect(text).toContain(' undo deploy  passed');
    expect(text).toMatch(/failed in 1 m 01 s: verify failed: a host does not answer\n$/);
    expect(text).not.toContain('secret');
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
    for (const line of text.split('\n').filter((each) => !each.includes('://')))
      expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });
});
