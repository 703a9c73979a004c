import { createHash } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose } from '../../../src/base/debian/compose.ts';
import type { ComposeOptions } from '../../../src/base/debian/compose.ts';
import { openPackage } from '../../../src/base/debian/kept-debs.ts';
import { mergePackages } from '../../../src/base/debian/merge.ts';
import type { Composition } from '../../../src/base/debian/types.ts';
import { contentOf } from '../../../src/base/tree.ts';
import { leaveOut } from '../../../src/bases/slim.ts';
import { slimRules } from '../../../src/bases/slim-rules.ts';
import { treeEntries } from '../../../src/layer/tree.ts';
import { writeTar } from '../../../src/layer/tar-write.ts';
import { canMakeTrees, debianTrees } from '../../components/debian-trees.ts';
import type { DebianTrees } from '../../components/debian-trees.ts';
import { hasGo } from '../../components/go.ts';
import { call, describeWith, installed } from '../../components/program.ts';
import { buildPrograms, writePrograms } from '../../golang/binary/programs.ts';
import { createAuthority } from '../../support/certificates.ts';
import { sharedTempDir, tempDir, testCtx } from '../../support/ctx.ts';
import { runOn } from '../exact/run-on.ts';
import { describeAll, describeTar, servePackages } from './packages.ts';
import type { PackageServer } from './packages.ts';

/** What a base of C++ is made of in Debian 12: the variant `cc`. */
const cc = [
  ...[
    'base-files',
    'ca-certificates',
    'gcc-12-base',
    'libc6',
    'libgcc-s1',
    'libstdc++6',
    'netbase',
    'tzdata',
  ],
];
const shells = [...cc, 'base-passwd', 'bash', 'dash', 'libc-bin', 'mawk'];

/** What mmdebstrap itself puts beside the packages. */
const mmdebstraps =
  /^(?:dev\/|etc\/apt\/|etc\/(?:fstab|hostname|resolv\.conf):|var\/(?:cache|lib|log)\/apt|var\/lib\/dpkg\/(?:arch|status|triggers):)/;

function slimmed(base: Composition): Composition {
  return { ...base, entries: leaveOut(base.entries, { slim: true, omit: [] }).entries };
}

describeWith([canMakeTrees], 'against what Debian does', () => {
  let trees: DebianTrees;
  let server: PackageServer;
  const home = sharedTempDir();
  beforeAll(async () => {
    trees = await debianTrees();
    server = await servePackages(trees.packages);
  });
  afterAll(async () => {
    await server.stop();
    home.remove();
  });
  const composed = async (
    names: readonly string[],
    options: ComposeOptions = {},
    at = home.directory,
  ): Promise<Composition> => compose(testCtx({ home: at }), server.named(...names), server.source, options);

  test('packages merge to what mmdebstrap --variant=extract gives, file for file', async () => {
    const ctx = testCtx({ home: home.directory });
    const opened = await Promise.all(server.records.map(async (one) => openPackage(ctx, one, server.source)));
    const ours = await describeAll(treeEntries(mergePackages(opened)));
    const theirs = await describeTar(trees.extract);
    expect(ours.size).toBeGreaterThan(2000);
    expect(differences(ours, theirs).filter((line) => !mmdebstraps.test(line))).toEqual([]);
  });

  test('a base is its packages, plus what is said to be generated, minus what is said to be left out', async () => {
    const theirs = await describeTar(trees.extract);
    for (const slim of [false, true]) {
      const whole = await composed(cc);
      const base = slim ? slimmed(whole) : whole;
      const made = new Set(base.generated.map(({ path: name }) => name));
      const ours = await describeAll(base.entries);
      const foreign = [...ours].filter(([name, line]) => !made.has(name) && theirs.get(name) !== line);
      expect(foreign).toEqual([]);
      const ctx = testCtx({ home: home.directory });
      const opened = await Promise.all(
        server.named(...cc).map(async (one) => openPackage(ctx, one, server.source)),
      );
      const missing = [...mergePackages(opened).keys()].filter((name) => name !== '' && !ours.has(name));
      const explained = (name: string): boolean =>
        slim && slimRules.some(({ pattern }) => pattern.test(name));
      expect(missing.filter((name) => !explained(name))).toEqual([]);
      expect(missing.length > 0).toBe(slim);
      // base-files' script makes an index of Info documents, which a slim base has no use for.
      expect(ours.has('usr/share/info/dir')).toBe(!slim);
    }
  });

  test('what is generated is what the scripts made in a minbase', async () => {
    const base = await composed(shells);
    const minbase = await describeTar(trees.minbase);
    const ours = await describeAll(base.entries);
    const lines = base.generated
      .map(({ path: name }) => name)
      .filter((name) => ours.get(name) !== minbase.get(name))
      // dpkg's own list, which a minbase has in one file, and the user that images run as.
      .filter((name) => !/^(?:var\/lib\/dpkg\/status\.d(?:\/|$)|home\/nonroot$)/.test(name));
    expect(lines).toEqual(['etc/group', 'etc/passwd']);
    expect(base.generated.length).toBeGreaterThan(300);
    for (const name of ['etc/passwd', 'etc/group']) {
      const text = await textOf(base, name);
      expect(text).toMatch(/^nonroot:x:65532:/m);
      // A minbase has the package passwd too, which moves passwords to /etc/shadow.
      const without = text.replace(/^nonroot:.*\n/m, '').replaceAll(':*:', ':x:');
      expect(minbase.get(name)).toContain(createHash('sha256').update(without).digest('hex'));
    }
  });

  test('nothing that scripts made below /etc/ssl is missing', async () => {
    const ours = await describeAll((await composed(cc)).entries);
    const minbase = await describeTar(trees.minbase);
    // These two are in the package openssl, not made.
    const theirs = [...minbase.keys()].filter(
      (name) => name.startsWith('etc/ssl/') && !/\/(?:openssl\.cnf|private)$/.test(name),
    );
    expect(theirs.length).toBeGreaterThan(200);
    expect(theirs.filter((name) => !ours.has(name))).toEqual([]);
  });

  test('the same packages give the same bytes, from another home, in another order', async () => {
    const one = await composed(cc);
    const other = await compose(
      testCtx({ now: () => new Date(0) }),
      server.named(...cc).toReversed(),
      server.source,
    );
    expect(await digest(one)).toBe(await digest(other));
    expect(one.packages).toEqual(other.packages);
    expect(one.generated).toEqual(other.generated);
  });

  test('a second composition asks the mirror for nothing', async () => {
    const first = await composed(['netbase']);
    const gone = { archive: 'http://127.0.0.1:1', security: 'http://127.0.0.1:1' };
    const again = await compose(testCtx({ home: home.directory }), server.named('netbase'), {
      ...server.source,
      mirrors: gone,
    });
    expect(await digest(again)).toBe(await digest(first));
  });

  test('scanners find every package, and its licence', async () => {
    const base = slimmed(await composed(cc));
    const paths = new Map(base.entries.map((entry) => [entry.path, entry]));
    for (const name of cc) {
      const status = await textOf(base, `var/lib/dpkg/status.d/${name}`);
      expect(status).toMatch(new RegExp(`^Package: ${name.replaceAll('+', '\\+')}$`, 'm'));
      expect(status).toMatch(/^Version: \S+$/m);
      expect(paths.has(`var/lib/dpkg/status.d/${name}.md5sums`)).toBe(true);
      const documents = paths.get(`usr/share/doc/${name}`);
      const place = documents?.type === 'symlink' ? documents.linkName : name;
      expect(paths.get(`usr/share/doc/${place}/copyright`)?.type).toBe('file');
    }
  });

  describeWith([hasGo, installed('gcc'), installed('g++')], 'programs', () => {
    test('C++ runs on cc', async () => {
      const place = tempDir();
      writeFileSync(path.join(place, 'it.cpp'), cpp);
      await call(['g++', '-o', path.join(place, 'it'), path.join(place, 'it.cpp')]);
      const base = slimmed(await composed(cc));
      expect(await runOn(base, path.join(place, 'it'))).toEqual({ code: 0, output: 'caught\n' });
    });

    test('cgo runs on glibc: hosts, users, time zones, TLS by an authority of the bundle', async () => {
      const module = tempDir();
      writePrograms(module, { look: cgo });
      const built = await buildPrograms(module, ['look'], 'cgo', { env: { CGO_ENABLED: '1' } });
      const program = built('look');
      const authority = createAuthority();
      const tls = createServer(authority.issue('localhost', '127.0.0.1'), (_, response) =>
        response.end('hello'),
      );
      await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
        const { port } = tls.address() as AddressInfo;
        const glibc = cc.filter((name) => !/^(?:gcc|libgcc|libstdc)/.test(name));
        const run = async (extraCa: readonly string[]): Promise<string> =>
          (
            await runOn(slimmed(await composed(glibc, { extraCa })), program, {
              args: [`https://localhost:${port}/`],
              mounts: [],
            })
          ).output;
        expect(await run([authority.ca])).toBe('127.0.0.1 nonroot CET https tcp\nhello\n');
        expect(await run([])).toMatch(/^127\.0\.0\.1 nonroot CET https tcp\n.*unknown authority/);
      } finally {
        await new Promise((resolve) => tls.close(resolve));
      }
    });
  });
});

function differences(ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>): string[] {
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  return [...names]
    .filter((name) => ours.get(name) !== theirs.get(name))
    .map((name) => `${name}: ${ours.get(name) ?? 'none'} / ${theirs.get(name) ?? 'none'}`);
}

async function textOf(base: Composition, name: string): Promise<string> {
  const entry = base.entries.find((one) => one.path === name);
  return ((entry && (await contentOf(entry, 1_000_000))) ?? Buffer.alloc(0)).toString('utf8');
}

async function digest(base: Composition): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of writeTar(base.entries)) hash.update(chunk);
  return hash.digest('hex');
}

const cpp = `#include <cstdio>
#include <stdexcept>
#include <string>
int main() {
  try { throw std::runtime_error("caught"); }
  catch (const std::exception &e) { std::printf("%s\\n", std::string(e.what()).c_str()); }
}
`;

const cgo = `package main

// #include <netdb.h>
// #include <pwd.h>
// #include <stdlib.h>
// #include <arpa/inet.h>
// static int port(const char *name) { struct servent *s = getservbyname(name, 0); return s ? ntohs(s->s_port) : 0; }
// static const char *person(int id) { struct passwd *p = getpwuid(id); return p ? p->pw_name : "nobody"; }
// static const char *address(const char *name) {
//   struct hostent *h = gethostbyname(name);
//   return h ? inet_ntoa(*(struct in_addr *)h->h_addr) : "none";
// }
import "C"

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	name, _ := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Zone()
	service := "none"
	if C.port(C.CString("https")) == 443 {
		service = "https tcp"
	}
	fmt.Println(C.GoString(C.address(C.CString("localhost"))), C.GoString(C.person(65532)), name, service)
	answer, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(string(body))
}
`;
