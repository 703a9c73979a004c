/** Bad days before anything is an image: sources, Go, checksums, disks, permissions. Each ends with a clear error and nothing lost. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { goCommand, hasGo } from '../components/go.ts';
import { startModuleProxy } from '../components/module-proxy.ts';
import type { ModuleProxy } from '../components/module-proxy.ts';
import { call, describeWith, findProgram, installed, isRoot, tryCall } from '../components/program.ts';
import { fileProxy } from '../golang/support/file-proxy.ts';
import { createLog } from '../golang/support/log.ts';
import { toolchainHash, toolchainZip } from '../golang/support/toolchain.ts';
import { moduleVersion } from '../../src/golang/toolchain-releases.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { coracle, coracleOk, program } from './coracle.ts';
import { anyGo, failsWith, leftovers, mainFile, partial, tiny, write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
afterAll(remove);
const home = path.join(root, 'home');

describe('a directory that cannot be built', () => {
  it('has no go.mod', async () => {
    const directory = write(tempDir(), { 'main.go': mainFile('x') });
    const { stderr } = await failsWith('NO_GO_MOD', ['build', directory], { home });
    expect(stderr).toContain('go mod init');
    expect(readdirSync(directory)).toEqual(['main.go']);
  });

  it('has no main package', async () => {
    const directory = write(tempDir(), { 'go.mod': anyGo, 'lib.go': 'package lib\n' });
    const { stderr } = await failsWith('NO_MAIN_PACKAGE', ['build', directory], { home });
    expect(stderr).toContain('package lib');
  });

  it('has main packages, but only below', async () => {
    const directory = write(tempDir(), { 'go.mod': anyGo, 'cmd/api/main.go': mainFile('x') });
    const { stderr } = await failsWith('NO_MAIN_PACKAGE', ['build', directory], { home });
    expect(stderr).toContain('cmd/api');
  });

  it('is not there, or is a file', async () => {
    const directory = tempDir();
    await failsWith('NOT_FOUND', ['build', path.join(directory, 'nowhere')], { home });
    tiny(directory);
    await failsWith('NOT_FOUND', ['build', path.join(directory, 'main.go')], { home });
  });

  it('has several main packages where one is needed', async () => {
    const directory = write(tempDir(), {
      'go.mod': anyGo,
      'cmd/one/main.go': mainFile('1'),
      'cmd/two/main.go': mainFile('2'),
    });
    const output = `type=tar,dest=${path.join(directory, 'out.tar')}`;
    const { stderr } = await failsWith('SEVERAL_MAIN_PACKAGES', ['build', './cmd/...', '-o', output], {
      home,
      cwd: directory,
    });
    expect(stderr).toMatch(/cmd\/one, .*cmd\/two/);
    expect(stderr).not.toContain('compile');
    expect(readdirSync(directory).sort()).toEqual(['cmd', 'coracle.lock', 'go.mod']);
  });

  it("does not compile: in Go's own lines, unchanged", async () => {
    const directory = write(tempDir(), {
      'go.mod': anyGo,
      'main.go': 'package main\n\nfunc main() {\n\tx := 1\n\tthere.Is.none()\n}\n',
    });
    const { stderr } = await failsWith('GO_COMPILE', ['build', directory], { home, hintless: true });
    expect(stderr).toContain('./main.go:4:2: declared and not used: x\n./main.go:5:2: undefined: there\n');
    expect(stderr).toContain(`--> ${directory}/main.go:4:2`);
    expect(stderr.match(/undefined: there/g)).toHaveLength(1);
  });

  it('says in its coracle.yaml what cannot be', async () => {
    const directory = tiny(tempDir());
    write(directory, { 'coracle.yaml': 'bsae: scratch\n' });
    const { stderr } = await failsWith('CONFIG_INVALID', ['build', directory], { home });
    expect(stderr).toContain('base');
  });
});

describe('a tag that is no tag', () => {
  it.each(['team/UPPER', 'a b', 'name:tag:again', 'x@sha256:123', ':1', 'a'.repeat(300)])(
    '%s',
    async (tag) => {
      await failsWith('REFERENCE_INVALID', ['build', '-t', tag, tiny(tempDir())], { home });
      expect((await coracle(['images', '-q'], { env: { CORACLE_HOME: home } })).stdout).not.toContain(tag);
    },
  );
});

/** A proxy with one made-up release, and the checksum database that knows it. */
describe('a Go toolchain', () => {
  const version = '1.23.7';
  const zip = `golang.org/toolchain/@v/${moduleVersion(version)}.zip`;
  const log = createLog('db.example');
  let proxy: ModuleProxy;
  const env = (): Record<string, string> => ({
    GOPROXY: proxy.url,
    GOSUMDB: log.verifierKey,
    GOMODCACHE: path.join(root, 'modcache'),
  });

  beforeAll(async () => {
    proxy = await startModuleProxy(mkdirAnd(path.join(root, 'proxy')));
    log.add('example.com/x v1.0.0 h1:x\n');
    log.add(`golang.org/toolchain ${moduleVersion(version)} ${toolchainHash(version)}\n`);
    proxy.put(zip, toolchainZip(version));
    proxy.put('golang.org/toolchain/@v/list', `${moduleVersion(version)}\n${moduleVersion('1.24.1')}\n`);
    for (const name of ['supported', 'latest', `lookup/golang.org/toolchain@${moduleVersion(version)}`])
      proxy.put(`sumdb/db.example/${name}`, log.answer(name) ?? log.note());
    for (const width of [1, 2]) {
      const name = `tile/8/0/000.p/${width}`;
      proxy.put(`sumdb/db.example/${name}`, log.answer(name) ?? '');
    }
    return async () => proxy.stop();
  });

  it('of a version that does not exist', async () => {
    const directory = tiny(tempDir(), 'x', 'module example.com/m\n\ngo 1.23.99\n');
    const { stderr } = await failsWith('GO_VERSION_UNKNOWN', ['build', directory], { home, env: env() });
    expect(stderr).toContain('Nearest to it: 1.23.7');
    expect(readdirSync(directory)).not.toContain('coracle.lock');
    await failsWith('GO_VERSION_UNKNOWN', ['toolchain', 'install', '1.30.2'], { home, env: env() });
  });

  it('of a version that does not exist, from a proxy that says 403 to that', async () => {
    proxy.fail(/1\.23\.99/, { kind: 'status', status: 403, body: 'not available' });
    onTestFinished(proxy.heal);
    await failsWith('GO_VERSION_UNKNOWN', ['toolchain', 'install', '1.23.99'], { home, env: env() });
  });

  it('with another checksum', async () => {
    proxy.put(
      zip,
      toolchainZip(version, ([first, ...others]) => [
        ...others,
        { name: first?.name ?? '', content: 'go1.23.7\n' },
      ]),
    );
    onTestFinished(() => proxy.put(zip, toolchainZip(version)));
    await failsWith('CHECKSUM_MISMATCH', ['toolchain', 'install', version], { home, env: env() });
    expect(existsSync(path.join(home, 'toolchains', `go${version}`))).toBe(false);
  });

  it('with flipped bits on the way', async () => {
    proxy.fail(/\.zip$/, { kind: 'flip' });
    onTestFinished(proxy.heal);
    const exit = await coracle(['toolchain', 'install', version], { env: { ...env(), CORACLE_HOME: home } });
    expect(exit.code).toBe(3);
    expect(exit.stderr).toMatch(/\[(CHECKSUM_MISMATCH|TOOLCHAIN_FETCH)\]/);
    expect(leftovers(home)).toEqual([]);
  });

  it('vouched for by a tree that is not signed', async () => {
    const lookup = `sumdb/db.example/lookup/golang.org/toolchain@${moduleVersion(version)}`;
    proxy.fail(/lookup/, { kind: 'flip' });
    onTestFinished(proxy.heal);
    await failsWith('CHECKSUM_MISMATCH', ['toolchain', 'install', version], {
      home: tempDir(),
      env: env(),
      hintless: true,
    });
    expect(proxy.requests).toContain(lookup);
  });

  it.each(['cut', 'half'] as const)('from a proxy whose connection is %s', async (kind) => {
    proxy.fail(/\.zip$/, { kind });
    onTestFinished(proxy.heal);
    await failsWith('NETWORK', ['toolchain', 'install', version], { home, env: env() });
  });

  it('from a proxy that is down', async () => {
    const down = { ...env(), GOPROXY: 'http://127.0.0.1:9' };
    const { stderr } = await failsWith('NETWORK', ['toolchain', 'install', version], { home, env: down });
    expect(stderr).toContain('127.0.0.1:9');
  });

  it('comes all the same when the proxy stumbles only once', async () => {
    proxy.fail(/\.zip$/, { kind: 'half' }, 1);
    proxy.fail(/lookup/, { kind: 'status', status: 503 }, 1);
    await coracleOk(['toolchain', 'install', version], { env: { ...env(), CORACLE_HOME: home } });
    expect(leftovers(home)).toEqual([]);
  });
});

describeWith([hasGo], 'a module', () => {
  const fresh = (): Record<string, string> => ({ GOMODCACHE: tempDir(), GOFLAGS: '-modcacherw' });
  const needs = 'module example.com/m\n\ngo 1.20\n\nrequire example.com/dep v1.0.0\n';
  const uses = 'package main\n\nimport "example.com/dep"\n\nfunc main() { dep.Do() }\n';
  const modules = {
    'example.com/dep@v1.0.0': {
      'go.mod': 'module example.com/dep\n',
      'dep.go': 'package dep\n\nfunc Do() {}\n',
    },
  };

  it('with another checksum than go.sum says', async () => {
    const directory = write(tempDir(), {
      'go.mod': needs,
      'main.go': uses,
      'go.sum': `example.com/dep v1.0.0 h1:${'A'.repeat(43)}=\nexample.com/dep v1.0.0/go.mod h1:${'A'.repeat(43)}=\n`,
    });
    const env = { ...fresh(), GOPROXY: fileProxy(tempDir(), modules), GONOSUMDB: 'example.com' };
    const { stderr } = await failsWith('CHECKSUM_MISMATCH', ['build', directory], { home, env });
    expect(stderr).toContain('SECURITY ERROR');
  });

  it('from a proxy that is down', async () => {
    const directory = write(tempDir(), { 'go.mod': needs, 'main.go': uses });
    await goCommand(['mod', 'tidy'], {
      cwd: directory,
      env: { ...fresh(), GOPROXY: fileProxy(tempDir(), modules), GONOSUMDB: 'example.com' },
    });
    const env = { ...fresh(), GOPROXY: 'http://127.0.0.1:9' };
    await failsWith('NETWORK', ['build', directory], { home, env });
  });

  it('that no go.sum vouches for', async () => {
    const directory = write(tempDir(), { 'go.mod': needs, 'main.go': uses });
    const env = { ...fresh(), GOPROXY: fileProxy(tempDir(), modules), GONOSUMDB: 'example.com' };
    const { stderr } = await failsWith('GO_MODULE', ['build', directory], { home, env });
    expect(stderr).toContain('go mod tidy');
  });

  it('that is no module, or of no such version', async () => {
    const env = { ...fresh(), GOPROXY: fileProxy(tempDir(), modules), GONOSUMDB: 'example.com' };
    await failsWith('GO_MODULE', ['build', 'example.com/dep@v9.9.9'], { home, env });
    await failsWith('NO_MAIN_PACKAGE', ['build', 'example.com/dep@v1.0.0'], { home, env });
    expect(leftovers(home)).toEqual([]);
  });
});

describeWith([isRoot, installed('mount')], 'a full disk', () => {
  it('ends builds, pulls and exports, and costs nothing but the space', async () => {
    const disk = mkdirAnd(path.join(tempDir(), 'disk'));
    const mounted = await tryCall(['mount', '-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]);
    if (mounted.code !== 0) return expect(mounted.stderr).toMatch(/permission|denied|not permitted/i);
    onTestFinished(async () => void (await tryCall(['umount', '-l', disk])));
    const directory = tiny(tempDir());
    const full = path.join(disk, 'home');
    await failsWith('DISK_FULL', ['build', directory], { home: full });
    // There is room again: the same command works.
    await call(['mount', '-o', 'remount,size=64m', disk]);
    await coracleOk(['build', directory, '-t', 'tiny'], { env: { CORACLE_HOME: full } });
    await call(['mount', '-o', 'remount,size=8m', disk]);
    await tryCall(['dd', 'if=/dev/zero', `of=${disk}/filler`, 'bs=64k']);
    for (const to of [`oci:${disk}/out.tar`, `oci:${disk}/layout`, `docker-archive:${disk}/docker.tar`]) {
      await failsWith('DISK_FULL', ['copy', 'tiny', to], { home: full });
    }
    expect(readdirSync(disk).sort()).toEqual(['filler', 'home', 'layout']);
    expect(partial(path.join(disk, 'layout'))).toEqual([]);
    expect(existsSync(path.join(disk, 'layout', 'index.json'))).toBe(false);
  });
});

describe('no permission to write', () => {
  /** Runs as somebody who may not write everywhere; root is given up for that. */
  const asOther = async (args: readonly string[], env: Record<string, string>) =>
    process.getuid?.() === 0
      ? tryCall(
          [
            findProgram('setpriv') ?? 'setpriv',
            '--reuid=65534',
            '--regid=65534',
            '--clear-groups',
            '--inh-caps=-all',
            program,
            ...args,
          ],
          { env: { ...process.env, HOME: '/nonexistent', GOCACHE: env['GOCACHE'] ?? '/tmp', ...env } },
        )
      : coracle(args, { env });

  it('to the home, to the source, to what is asked for', async () => {
    const place = tempDir();
    chmodSync(place, 0o755);
    const directory = tiny(path.join(place, 'source'));
    const closed = mkdirAnd(path.join(place, 'closed'));
    const open = mkdirAnd(path.join(place, 'open'));
    chmodSync(closed, 0o555);
    chmodSync(open, 0o777);
    const own = { GOCACHE: path.join(open, 'go-build'), GOMODCACHE: path.join(open, 'mod') };
    const inClosed = await asOther(['build', directory], { ...own, CORACLE_HOME: path.join(closed, 'home') });
    expect(inClosed.stderr).toMatch(/\[(STORE_UNWRITABLE|FILE_UNWRITABLE)\]/);
    expect(inClosed.stderr).toContain('CORACLE_HOME');
    expect(inClosed.code).toBe(3);
    expect(readdirSync(closed)).toEqual([]);

    chmodSync(directory, 0o555);
    const ownHome = { ...own, CORACLE_HOME: path.join(open, 'home') };
    // The lock cannot be written there, which is worth a word and not worth failing for; or it fails plainly.
    const unlocked = await asOther(['build', directory, '-t', 'tiny'], ownHome);
    expect(unlocked.stderr).toContain('coracle.lock');
    chmodSync(directory, 0o777);
    const built = await asOther(['build', directory, '-t', 'tiny'], ownHome);
    expect(`${built.code} ${built.stderr}`).toMatch(/^0 /);
    for (const output of [
      `type=oci,dest=${closed}/x.tar`,
      `type=oci,tar=false,dest=${closed}/x`,
      `type=local,dest=${closed}/x`,
      `type=tar,dest=${closed}/x.tar`,
    ]) {
      const exit = await asOther(['build', directory, '-t', 'tiny', '-o', output], ownHome);
      expect(exit.stderr).toContain('[FILE_UNWRITABLE]');
      expect(exit.code).toBe(3);
    }
    expect(readdirSync(closed)).toEqual([]);
    expect(leftovers(path.join(open, 'home'))).toEqual([]);
    expect(readFileSync(path.join(directory, 'coracle.lock'), 'utf8')).toContain('version: 1');
  });
});

function mkdirAnd(directory: string): string {
  mkdirSync(directory, { recursive: true });
  return directory;
}
