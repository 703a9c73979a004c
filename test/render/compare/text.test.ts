import { describe, expect, test } from 'vitest';
import { checkGates, parseGates } from '../../../src/compare/gate.ts';
import { methodNames, type Comparison } from '../../../src/compare/types.ts';
import { styleFor } from '../../../src/render/style.ts';
import { displayWidth } from '../../../src/render/width.ts';
import { renderComparison, renderGates } from '../../../src/render/compare/written.ts';
import { comparison, known, median, missing, withBuildTimes } from './fixture.ts';

const view = (columns = 80, color = false) => ({ style: styleFor(color), columns });
const text = (whole: Comparison = comparison(), columns = 80): string =>
  renderComparison(whole, [], view(columns));
/** Lines of the part under a title. */
const part = (whole: string, title: string): string[] => {
  const lines = whole.split('\n');
  const from = lines.indexOf(title);
  if (from < 0) throw new Error(`there is no ${title}`);
  return lines.slice(from + 1, lines.indexOf('', from));
};

test('at 80 columns: two tables of methods, each with its unit, the best marked by more than colour', () => {
  const shown = text();
  expect(part(shown, 'What it moves and how it runs').join('\n')).toMatchInlineSnapshot(`
    "  METHOD           SIZE  2ND RELEASE           START                MEMORY
      toolchain   312.4 MB      48.1 MB   24 ms (23–31)   21.4 MB (21.1–21.9)
      distro       33.7 MB       5.4 MB   23 ms (23–25)   20.1 MB (19.9–20.4)
      alpine        9.1 MB       5.3 MB   23 ms (22–25)*                    –¹
      scratch       4.9 MB       4.9 MB               –²                    –²
        does not start for want of a CA bundle: it calls https://auth.example.com
        when it starts and the image has no CA bundle
      distalpine  cannot be built
        no C compiler is on this machine
      distroless    5.7 MB       4.9 MB   23 ms (22–24)*  19.9 MB (19.6–20.3)
    > coracle       4.4 MB*      4.3 MB*  22 ms (22–23)*  18.4 MB (18.2–18.9)*"
  `);
  expect(part(shown, 'What is in it').join('\n')).toMatchInlineSnapshot(`
    "  METHOD      UNPACKED  LAYERS    FILES  PACKAGES  SETUID  SHELLS  ROOT
      toolchain    1.0 GB        7  24,310       187       9       3   yes
      distro      88.2 MB        3   3,412        79       8       2   yes
      alpine      20.4 MB        3     612        15       0*      1   yes
      scratch     11.2 MB        1       1         –³      0    none    no
      distalpine  cannot be built
      distroless  13.9 MB        9   1,320         4*      0*   none*   no*
    > coracle     11.1 MB*       2      14*        –³      0*   none*   no*"
  `);
});

test('what marks mean, why figures are missing, which Alpine it is and what was decided all stand below', () => {
  const shown = text();
  expect(shown.slice(shown.indexOf('\n  *  ') + 1)).toMatchInlineSnapshot(`
    "  *  the best of its column among methods that work, and any that lies within
         its spread
      >  the method for this program
      ¹  the processes ended before their memory could be read
      ²  it does not start
      ³  it holds no package database

    Notes
      toolchain  composed from Debian packages and the Go toolchain, in place of the
                 golang image
      alpine     no Alpine repository could be reached: musl and busybox of Debian
                 13 stand in for it
      Every image was started once before its starts were measured.

    What failing methods said last
      scratch     does not start for want of a CA bundle
                  tls: failed to verify certificate: x509: certificate signed by unknown authority
                  exit status 1
      distalpine  cannot be built
                  gcc: not found

    The methods
      toolchain   one stage, on the whole Go image, with the source in it; holds CA
                  bundle, time zones, libc, users, /tmp; an attacker finds a shell,
                  a package manager, a compiler
      distro      two stages, onto slim Debian; holds CA bundle, time zones, libc,
                  users, /tmp; an attacker finds a shell, a package manager
      alpine      two stages, onto Alpine; holds CA bundle, time zones, libc, users,
                  /tmp; an attacker finds a shell, a package manager
      scratch     a static binary and nothing else; lacks CA bundle, time zones,
                  libc, users, /tmp
      distalpine  a dynamic binary and exactly the libraries it asks for
      distroless  a static binary on static-debian, not as root; holds CA bundle,
                  time zones, users, /tmp; lacks libc
      coracle     a static, stripped binary on the auto base; holds CA bundle, time
                  zones, users, /tmp; lacks libc

    The method for gin-api: coracle
      because  the smallest that starts: 4.4 MB
               no shell, no package manager, not root
      asked    Does the program compile C? no: CGO_ENABLED=0 builds it, and no
               package imports "C"
               Does it run other programs or a shell? no: os/exec is not linked
               Does it speak TLS? yes: it links crypto/x509
    "
  `);
});

test.each([30, 50, 66, 80, 100, 132, 200])('%i columns are kept, and no figure is lost', (columns) => {
  const shown = text(withBuildTimes(), columns);
  // What a program said is never broken.
  const lines = shown.split('\n').filter((line) => !/x509|gcc: not/.test(line));
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(Math.max(columns, 40));
  for (const heading of ['SIZE', '2ND RELEASE', 'START', 'MEMORY', 'UNPACKED', 'LAYERS', 'ROOT', 'UNCHANGED'])
    expect(lines.filter((line) => new RegExp(`METHOD.* ${heading}( |$)`).test(line))).toHaveLength(1);
});

test('a wide terminal has the groups beside one another', () => {
  expect(text(comparison(), 150)).toMatch(/METHOD +SIZE .* ROOT\n/);
  expect(text(comparison(), 80)).not.toMatch(/METHOD +SIZE .* ROOT\n/);
});

test('times of builds have a table of their own, only when they were asked for', () => {
  expect(text()).not.toContain('UNCHANGED');
  expect(part(text(withBuildTimes()), 'How long it takes to build')[1]).toMatch(
    /toolchain +31\.0 s\*? +2\.4 s/,
  );
});

test('colour says nothing that is not said without it', () => {
  // oxlint-disable-next-line no-control-regex
  const bare = renderComparison(comparison(), [], view(80, true)).replaceAll(/\u001B\[\d+m/g, '');
  expect(bare).toBe(text());
});

test('the best of a column is best among methods that work, and between medians within one spread nobody can tell', () => {
  const shown = part(text(), 'What it moves and how it runs');
  const row = (name: string): string => shown.find((line) => line.slice(2).startsWith(name)) ?? '';
  expect(row('coracle')).toMatch(/4\.4 MB\* .*22 ms \(22–23\)\*/);
  expect(row('distroless')).toMatch(/23 ms \(22–24\)\*/);
  expect(row('toolchain')).not.toContain('*');
  const [first, ...others] = comparison().results;
  if (!first) throw new Error('no results');
  const tiny = { ...first, failure: { phase: 'start', cause: 'it ends', said: [] } } as const;
  const small = { ...tiny, figures: { ...tiny.figures, size: known(1000) } };
  expect(text(comparison({ results: [small, ...others] }))).toMatch(/1\.0 kB {2}/);
});

test('where all are alike none is the best', () => {
  const results = comparison().results.map((result) => ({
    ...result,
    figures: { ...result.figures, setuid: known(0) },
  }));
  const shown = part(text(comparison({ results })), 'What is in it');
  const at = (shown[0] ?? '').indexOf('SETUID');
  expect(shown.slice(1).map((line) => line.slice(at, at + 8))).not.toContainEqual(
    expect.stringContaining('*'),
  );
});

test('a dash has one footnote for one reason', () => {
  const shown = text();
  expect(shown.match(/–¹/g)).toHaveLength(1);
  expect(shown.match(/–²/g)).toHaveLength(2);
  expect(shown).toContain('  ¹  the processes ended before their memory could be read');
  expect(shown).not.toContain('it could not be built');
});

test('more than nine reasons are counted on', () => {
  const [first] = comparison().results;
  if (!first) throw new Error('no results');
  const names = [
    'size',
    'secondRelease',
    'start',
    'memory',
    'unpacked',
    'layers',
    'files',
    'packages',
    'setuid',
  ];
  const figures = {
    ...first.figures,
    ...Object.fromEntries(names.map((name) => [name, missing(`no ${name}`)])),
    shells: missing('no shells'),
    root: missing('no root'),
  };
  const shown = text(comparison({ results: [{ ...first, figures }] }));
  expect(shown).toMatch(/–¹⁰ +–¹¹/);
  expect(shown).toContain('\n  ¹¹  no root');
});

test('figures of all sizes keep their units', () => {
  const [first] = comparison().results;
  if (!first) throw new Error('no results');
  const figures = {
    ...first.figures,
    size: known(812),
    secondRelease: known(0),
    start: median(1234, 1100, 2345),
    memory: median(999_990, 990_000, 1_010_000),
    unpacked: known(5_300_000_000),
  };
  const shown = text(comparison({ results: [{ ...first, figures }] }));
  expect(shown).toMatch(/toolchain +812 B +0 B +1\.2 s \(1\.1–2\.3\) +1\.0 MB \(1\.0–1\.0\)/);
  expect(shown).toContain('5.3 GB');
});

test.each([
  [3.14, 3.05, 4.1, '3.1 ms (3.0–4.1)'],
  [95.4, 90, 140, '95 ms (90–140)'],
  [62_000, 61_000, 75_000, '1 m 02 s (1 m 01 s–1 m 15 s)'],
])('a start of %d ms', (value, least, most, words) => {
  const [first] = comparison().results;
  if (!first) throw new Error('no results');
  const figures = { ...first.figures, start: median(value, least, most) };
  expect(text(comparison({ results: [{ ...first, figures }] }))).toContain(words);
});

test('a long name that was given is broken in its column, and what would move the cursor does not come through', () => {
  const [first] = comparison().results;
  if (!first) throw new Error('no results');
  const name = `registry.example.com/team/\u001B[2Jan-image-with-a-long-name:${'1'.repeat(20)}`;
  const shown = text(
    comparison({ results: [{ ...first, name, kind: 'image' }], notes: ['\u001B]0;x\u0007'] }),
  );
  expect(shown).not.toContain('\u001B');
  expect(shown.replaceAll(/\s+/g, '')).toContain('an-image-with-a-long');
  expect(Math.max(...shown.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
});

test('of nothing that could be measured the report says so', () => {
  const shown = text(
    comparison({ results: [], notes: [], decision: { method: 'none', path: [], reasons: [] } }),
  );
  expect(shown).toContain('gin-api: 0 methods compared');
});

describe('gates', () => {
  const of = { names: methodNames, buildTimes: false };
  const gates = checkGates(
    comparison(),
    parseGates('coracle.size<4MB,coracle.start<50ms,alpine.memory<1GB,distro.root=false,distro.shells=0', of),
  );

  test('each says what the figure is, and by how much it is broken', () => {
    expect(renderGates(gates, view())).toMatchInlineSnapshot(`
      "4 of 5 gates broken
        broken  coracle.size<4MB: it is 4.4 MB, 400.0 kB too much
        holds   coracle.start<50ms: it is 22 ms (22–23)
        broken  alpine.memory<1GB: there is no figure: the processes ended before
                their memory could be read
        broken  distro.root=false: it is true
        broken  distro.shells=0: it is 2"
    `);
  });

  test('they stand before the tables', () => {
    const shown = renderComparison(comparison(), gates, view());
    expect(shown.indexOf('gates broken')).toBeLessThan(shown.indexOf('METHOD'));
  });
});
