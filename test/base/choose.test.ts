import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseBase, describeBase, explainBase } from '../../src/base/choose.ts';
import type { BaseChoice, BaseOptions } from '../../src/base/choose.ts';
import { baseEntries } from '../../src/base/entries.ts';
import { contentOf } from '../../src/base/tree.ts';
import { readBinary } from '../../src/golang/binary/read.ts';
import { goCommand, hasGo } from '../components/go.ts';
import { call, describeWith } from '../components/program.ts';
import { buildPrograms, writePrograms } from '../golang/binary/programs.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';

const go = (imports: readonly string[], body: string): string =>
  `package main\n\nimport (\n${imports.map((one) => `\t${one}\n`).join('')})\n\nfunc main() {\n${body}\n}\n`;

const sources = {
  hello: go(['"fmt"', '"time"'], 'fmt.Println("hello", time.Now())'),
  parses: go(
    ['"crypto/x509"', '"fmt"', '"os"'],
    'b, _ := os.ReadFile(os.Args[1]); fmt.Println(x509.ParseCertificate(b))',
  ),
  verifies: go(
    ['"crypto/x509"', '"fmt"', '"os"'],
    'b, _ := os.ReadFile(os.Args[1]); c, err := x509.ParseCertificate(b); if err == nil { _, err = c.Verify(x509.VerifyOptions{}) }; fmt.Println(err)',
  ),
  roots: go(
    ['"crypto/x509"', '"fmt"'],
    'p, err := x509.SystemCertPool(); fmt.Println(len(p.Subjects()), err)',
  ),
  client: go(['"fmt"', '"net/http"'], 'fmt.Println(http.Get("https://example.com"))'),
  zone: go(
    ['"fmt"', '"os"', '"time"'],
    'for _, name := range os.Args[1:] { l, err := time.LoadLocation(name); if err != nil { panic(err) }; fmt.Println(time.Unix(1e9, 0).In(l).Format("15:04 MST")) }',
  ),
  embedded: go(['"fmt"', '"time"', '_ "time/tzdata"'], 'fmt.Println(time.LoadLocation("Europe/Berlin"))'),
  user: go(['"fmt"', '"os/user"'], 'fmt.Println(user.Current())'),
  group: go(['"fmt"', '"os/user"'], 'fmt.Println(user.LookupGroupId("0"))'),
  home: go(['"fmt"', '"os"'], 'fmt.Println(os.UserConfigDir())'),
  temp: go(['"fmt"', '"os"'], 'fmt.Println(os.CreateTemp("", "x"))'),
  upload: go(
    ['"net/http"'],
    'http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { r.FormFile("f") }); http.ListenAndServe(":0", nil)',
  ),
} as const;
type Name = keyof typeof sources;

let temp: ReturnType<typeof sharedTempDir>;
let built: (name: string) => string;
let zoneinfo: string;

const choose = async (name: Name, options: Partial<BaseOptions> = {}): Promise<BaseChoice> =>
  chooseBase(await readBinary(built(name)), { wanted: 'auto', env: {}, ...options });

test('a program whose functions cannot be read (packed, obfuscated) gets all that it may use, not nothing', () => {
  const packed = { functionsKnown: false, hasFunction: () => false, links: () => false };
  const choice = chooseBase(packed, { wanted: 'auto', env: {} });
  expect(choice.parts).toEqual(['ca', 'zoneinfo', 'users', 'home', 'tmp']);
  expect(explainBase(choice)[0]).toBe('CA certificates: its functions cannot be read');
});

describeWith([hasGo], 'what a program of the Go on this machine gets', () => {
  beforeAll(async () => {
    temp = sharedTempDir();
    writePrograms(temp.directory, sources);
    built = await buildPrograms(temp.directory, Object.keys(sources), 'static');
    zoneinfo = path.join((await goCommand(['env', 'GOROOT'])).trim(), 'lib', 'time', 'zoneinfo.zip');
  });
  afterAll(() => temp.remove());

  test.each<[Name, string]>([
    ['hello', 'scratch'],
    // Reading a certificate is no reason to ship a hundred authorities.
    ['parses', 'scratch'],
    ['verifies', 'scratch + CA certificates (links crypto/x509)'],
    ['roots', 'scratch + CA certificates (links crypto/x509)'],
    ['client', 'scratch + CA certificates (links crypto/x509)'],
    ['zone', 'scratch + time zones (calls time.LoadLocation)'],
    ['embedded', 'scratch'],
    ['user', 'scratch + passwd and group (calls user.Current) + a home directory (calls user.Current)'],
    ['group', 'scratch + passwd and group (calls user.LookupGroupId)'],
    [
      'home',
      'scratch + passwd and group (names the home directory) + a home directory (calls os.UserConfigDir)',
    ],
    ['temp', 'scratch + /tmp (calls os.CreateTemp)'],
    ['upload', 'scratch + CA certificates (links crypto/x509) + /tmp (calls os.CreateTemp)'],
  ])('%s: %s', async (name, sentence) => {
    expect(describeBase(await choose(name))).toBe(sentence);
  });

  test('TZ brings its one zone, unless all are there or the program has its own', async () => {
    const berlin = { env: { TZ: 'Europe/Berlin' } };
    const lone = await choose('hello', berlin);
    expect(lone).toMatchObject({ parts: ['zoneinfo'], zones: ['Europe/Berlin'] });
    expect(explainBase(lone)).toEqual(['time zones: TZ is Europe/Berlin']);
    expect(await choose('zone', berlin)).toMatchObject({ parts: ['zoneinfo'], zones: 'all' });
    expect(await choose('embedded', berlin)).toMatchObject({ parts: [] });
    for (const TZ of ['', 'UTC', '/app/zone'])
      expect(await choose('hello', { env: { TZ } })).toMatchObject({ parts: [] });
  });

  test('HOME in the image is the user’s own affair', async () => {
    expect(await choose('home', { env: { HOME: '/data' } })).toMatchObject({ parts: [] });
  });

  test('added authorities bring the bundle with them', async () => {
    expect(await choose('hello', { extraCa: true })).toMatchObject({ parts: ['ca'] });
    expect(await choose('hello', { extraCa: true, wanted: 'scratch' })).toMatchObject({
      name: 'scratch',
      parts: ['ca'],
    });
    expect(await choose('client', { wanted: 'scratch' })).toMatchObject({
      name: 'scratch',
      parts: [],
      reasons: [],
    });
  });

  test('Go reads the zones, also by their other names', async () => {
    const entries = await baseEntries(await choose('zone'), { mtime: 0, zoneinfo });
    const root = tempDir();
    for (const entry of entries) {
      const place = path.join(root, entry.path);
      if (entry.type === 'directory') mkdirSync(place);
      else if (entry.type === 'hardlink') linkSync(path.join(root, entry.linkName ?? ''), place);
      else writeFileSync(place, (await contentOf(entry, entry.size)) ?? '');
    }
    const names = ['Europe/Berlin', 'Asia/Calcutta', 'Asia/Kolkata', 'UTC'];
    const { stdout } = await call([built('zone'), ...names], {
      env: { ZONEINFO: path.join(root, 'usr/share/zoneinfo') },
    });
    expect(stdout).toBe('03:46 CEST\n07:16 IST\n07:16 IST\n01:46 UTC\n');
  });

  test('Go reads the bundle: every authority of it', async () => {
    const entries = await baseEntries(await choose('roots'), { mtime: 0, zoneinfo });
    const bundle = entries.find(({ path: name }) => name === 'etc/ssl/certs/ca-certificates.crt');
    const pem = bundle && (await contentOf(bundle, bundle.size));
    const count = pem?.toString('latin1').match(/BEGIN CERTIFICATE/g)?.length;
    const file = path.join(tempDir(), 'ca.pem');
    writeFileSync(file, pem ?? '');
    const { stdout } = await call([built('roots')], {
      env: { SSL_CERT_FILE: file, SSL_CERT_DIR: '/nonexistent' },
    });
    expect(stdout).toBe(`${count} <nil>\n`);
    expect(count).toBeGreaterThan(100);
  });
});
