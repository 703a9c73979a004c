import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../../src/explain/types.ts';
import { explanationReport } from '../../../src/render/explain/explanation-report.ts';
import { plainReport } from '../../../src/render/explain/plain.ts';
import { styleFor } from '../../../src/render/style.ts';
import { displayWidth } from '../../../src/render/width.ts';
import { image, library, program } from '../../explain/fixture.ts';

const plain = (explanation: Explanation, columns = 80, color = false): string =>
  plainReport(explanationReport(explanation, 10), { style: styleFor(color), columns });

/** The number at the beginning of a line that ends in `name`. */
function numberBefore(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.endsWith(`  ${name}`)) ?? '';
  return Number(/^ +([\d,]+) B/.exec(line)?.[1]?.replaceAll(',', ''));
}

test('an image: size, waste and what its program is made of come first', () => {
  expect(plain(image()).split('\n').slice(0, 13).join('\n')).toMatchInlineSnapshot(`
    "api:latest: image for linux/amd64, 4.8 MB
     size    4,788,500 B to pull, 11,100,000 B unpacked: 2 layers, 3 files
     waste   26.0 kB in 2 findings, 1 secret among them; efficiency 97.0%
     program /app/server 777.0 kB: Go runtime 51.5%, standard library 25.7%,
             dependencies 15.4%, main module 6.7%, the file format's own 0.53%
     digest  sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

    Layers: 2 layers, 4.4 MB compressed
      #  COMPRESSED  SHARE  UNPACKED  FILES  MADE BY
      1    100.0 kB   2.1%  200.0 kB  +2     base
      2      4.3 MB  89.8%  200.0 kB  +1     COPY file:abc in /app/server
             4.8 MB   100%   11.1 MB         with manifest and config
      Files: + added, ~ changed, - removed."
  `);
});

test('waste says where, by which step, and what to do', () => {
  const text = plain(image());
  expect(text).toContain('Waste: 26.0 kB in 2 findings');
  expect(text).toMatch(
    /26\.0 kB +unstripped binary +\/app\/server\n +symbol table \(in layer 2\)\n +fix: Build/,
  );
  expect(text).toContain('private key (in layer 1, by the step of layer 2)');
  expect(text).toMatch(/setuid +4755 root +\/bin\/su/);
});

test('many secrets do not push what is large out of the list', () => {
  const whole = image();
  const [first] = whole.waste;
  if (!first) throw new Error('no waste');
  const secrets = Array.from({ length: 12 }, (_, index) => ({
    ...first,
    ...{ kind: 'secret' as const, path: `/root/key-${index}`, bytes: 0 },
  }));
  const text = plain({ ...whole, waste: [{ ...first, path: '/large' }, ...secrets] });
  expect(text).toContain('/large');
});

test('who has all three special bits is told as setuid and setgid', () => {
  const whole = image();
  const setuid = [{ path: '/x', layer: 0, detail: '7755 root, group 0' }];
  expect(plain({ ...whole, access: { ...whole.access, setuid } })).toMatch(/setuid, setgid +7755/);
});

test('a secret of a few bytes stands above all that is cut from the list', () => {
  const whole = image();
  const [first] = whole.waste;
  if (!first) throw new Error('the image has no waste');
  const others = Array.from({ length: 20 }, (_, index) => ({ ...first, path: `/waste/${index}` }));
  const secret = { ...first, kind: 'secret' as const, path: '/root/key.pem', bytes: 3 };
  const text = plain({ ...whole, waste: [...others, secret] });
  expect(text).toContain('and 10 more findings');
  expect(text).toMatch(/WHERE\n +3 B +secret +\/root\/key\.pem/);
});

test('an instruction is told without the build arguments and shell that builders write before it', () => {
  const whole = image();
  const [layer] = whole.layers;
  if (!layer) throw new Error('the image has no layers');
  const createdBy = 'RUN |2 V=1 W=a /bin/sh -c apt-get install \t gcc # buildkit';
  expect(plain({ ...whole, layers: [{ ...layer, createdBy }] })).toMatch(/ RUN apt-get install gcc$/m);
});

test('the rows of a ledger sum to the size of the file', () => {
  const text = plain(program());
  const rows = (title: string): number[] => {
    const [, part = ''] = text.split(`${title}\n`);
    return [...(part.split('\n\n')[0] ?? '').matchAll(/^ +([\d,]+) B /gm)].map(([, number = '']) =>
      Number(number.replaceAll(',', '')),
    );
  };
  for (const title of ['Whose bytes they are: 4 packages', 'What they are', 'How that is known']) {
    const numbers = rows(title);
    const total = numbers.pop();
    expect(total).toBe(777_000);
    expect(numbers.reduce((sum, each) => sum + each, 0)).toBe(total);
  }
  expect(numberBefore(text, 'dependencies (1 module)')).toBe(120_000);
});

test('estimates do not count as assigned', () => {
  expect(plain(program()).replaceAll(/\s+/g, ' ')).toContain(
    '99.1% to one package each, 0.10% shared by several, 0.53% structure of the file, 0.26% by estimate, 0.01% without evidence',
  );
});

test('what an obfuscator replaced was said to be unattributed, and without a word of it', () => {
  const clear = program();
  const { ledger } = clear;
  const accounts = ledger.accounts.map((account) =>
    account.group === 'standard' ? { ...account, name: 'aB3xY', group: 'none' as const } : account,
  );
  const binary = ledger.binary && { ...ledger.binary, goVersion: 'unknown' };
  const recognised = { ...ledger.recognised, garbled: true };
  const text = plain(
    { ...clear, ledger: { ...ledger, accounts, recognised, ...(binary && { binary }) } },
    200,
  );
  expect(text).toMatch(/ B +[\d.]+% +unattributed: mostly packages whose names were replaced\n/);
  expect(text).toContain('by an unknown version of Go, for');
});

test('an ELF file that is not of Go: libraries, sections, debug data, build id', () => {
  const text = plain(library());
  expect(text).toContain('ELF file, not of Go');
  expect(text).toContain('libc.so.6; loaded by /lib64/ld.so');
  expect(text).toContain('abcdef');
  expect(text).toContain('Sections: 2; symbols and debug data are 30.0 kB');
  expect(text).toContain('compressed; 90.0 kB unpacked');
  expect(text).not.toMatch(/Packages|Whose bytes|accounted/);
});

describe.each([200, 80, 60, 40, 30])('at %i columns', (columns) => {
  test.each([image(), program(), library()])(
    'nothing is wider, and nothing is lost: $kind',
    (explanation) => {
      const text = plain(explanation, columns);
      expect(text.split('\n').filter((line) => displayWidth(line) > Math.max(columns, 48))).toEqual([]);
      const letters = (of: string): string => of.replaceAll(/\s/g, '');
      expect(letters(text)).toHaveLength(letters(plain(explanation, Infinity)).length);
    },
  );
});

test('without colours there is no mark in it, and colours change nothing else', () => {
  const text = plain(image());
  expect(text).not.toContain('\u001B');
  // oxlint-disable-next-line no-control-regex
  expect(plain(image(), 80, true).replaceAll(/\u001B\[\d+m/g, '')).toBe(text);
});

test('a name from a file cannot speak to the terminal', () => {
  const text = plain(image({ files: { '/evil\u001B]0;title\u0007\nname': 900_000 } }));
  expect(text).toContain('/evil name');
  expect(text).not.toContain('\u001B');
});

test('--top: rows that are left out are counted', () => {
  const view = { style: styleFor(false), columns: 80 };
  const some = plainReport(explanationReport(program(), 1), view);
  expect(some).toContain('and 3 more packages, 372.0 kB');
  expect(plainReport(explanationReport(program(), 0), view)).not.toContain('more packages');
});
