/**
 * Bases by name, end to end: a program of cgo on the base that `auto` picks, on glibc and on exact libraries, run as root and as an ordinary
 * user. The packages come from a mirror on loopback, and are pinned: no index is asked for.
 */
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { servePackages } from '../base/debian/packages.ts';
import type { PackageServer } from '../base/debian/packages.ts';
import { variants } from '../../src/base/debian/variants.ts';
import { libraryNeeds } from '../../src/bases/exact.ts';
import { lockKey } from '../../src/bases/lock-key.ts';
import { plainSettings } from '../../src/bases/settings.ts';
import type { LockedBase } from '../../src/bases/types.ts';
import { formatLock } from '../../src/config/lock.ts';
import { canMakeTrees, debianTrees } from '../components/debian-trees.ts';
import { hasGo } from '../components/go.ts';
import { describeWith, installed, isRoot, tryCall } from '../components/program.ts';
import { become, nobody } from '../components/users.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { coracle, program } from './coracle.ts';
import { build } from './project.ts';
import { write } from './tiny.ts';

const source = `package main

// #include <stdlib.h>
// static int answer(void) { return abs(-42); }
import "C"

import (
	"fmt"
	"net"
	"os/user"
)

func main() {
	addresses, err := net.LookupHost("localhost")
	me, _ := user.Current()
	fmt.Println(int(C.answer()), len(addresses) > 0, err, me != nil)
}
`;
const platform = { os: 'linux', architecture: 'amd64' };
const needs = libraryNeeds({ interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] });

const wanted = [canMakeTrees, hasGo, installed('gcc'), isRoot];
describeWith(wanted, 'a program of cgo on bases by name', () => {
  const { directory: root, remove } = sharedTempDir();
  const place = path.join(root, 'program');
  const env = { CORACLE_HOME: path.join(root, 'home') };
  let server: PackageServer;
  let flags: readonly string[];

  beforeAll(async () => {
    chmodSync(root, 0o755);
    const { packages, suite } = await debianTrees();
    server = await servePackages(packages);
    const locked = (...names: readonly string[]): LockedBase => ({
      source: `debian ${suite}`,
      packages: server.named(...names),
    });
    const of = (name: string) => ({ ...plainSettings(name), debian: { release: suite } });
    const gcc = server.records.find(({ name }) => /^gcc-\d+-base$/.test(name))?.name ?? '';
    const composed = {
      [lockKey(of('glibc'), platform)]: locked(...variants.glibc.packages),
      [lockKey(of('distalpine'), platform, { needs })]: locked('base-files', 'libc6', 'libgcc-s1', gcc),
    };
    write(place, { 'go.mod': 'module example.com/answer\n\ngo 1.20\n', 'main.go': source });
    writeFileSync(path.join(place, 'coracle.lock'), formatLock({ composed }));
    const mirror = server.source.mirrors.archive;
    flags = ['--cgo', 'dynamic', '--debian-release', suite, '--debian-mirror', mirror];
    flags = [...flags, '--debian-security-mirror', mirror];
  });
  afterAll(async () => {
    await server?.stop();
    remove();
  });

  test.each([
    ['auto', /^distalpine \(4 packages of debian/],
    ['distalpine', /^distalpine \(4 packages of debian/],
    ['glibc', /^glibc \(5 packages of debian/],
  ])('%s runs it, for root and for an ordinary user', { timeout: 240_000 }, async (name, shown) => {
    const archive = path.join(root, `${name}.tar`);
    const args = ['--base', name, '-t', `answer:${name}`, '-o', `type=oci,dest=${archive}`, ...flags, place];
    const document = await build(args, { env });
    const base = document.images[0]?.platforms[0]?.base;
    expect(base?.name).toMatch(shown);
    expect(base?.reasons.some((why) => why.includes('auto took distalpine'))).toBe(name === 'auto');

    const ran = await coracle(['run', `answer:${name}`], { env });
    expect(ran).toMatchObject({ code: 0, stdout: '42 true <nil> true\n' });

    const home = path.join(root, `nobody-${name}`);
    mkdirSync(home);
    chownSync(home, nobody.uid, nobody.gid);
    const theirs = await tryCall([...become('single', root), program, 'run', `oci:${archive}`], {
      env: { PATH: process.env['PATH'], HOME: home },
      cwd: '/',
    });
    expect(theirs).toMatchObject({ code: 0, stdout: '42 true <nil> true\n' });

    // What is remembered holds with settings of a base as well.
    expect((await build(args, { env })).unchanged).toBe(true);
  });

  test('a lock that is frozen forbids packages that it does not pin, and stays as it was', async () => {
    const lock = path.join(place, 'coracle.lock');
    const before = readFileSync(lock, 'utf8');
    const args = ['build', '--locked', '--base', 'debian', '--packages', 'libc6', ...flags, place];
    const { code, stderr } = await coracle(args, { env });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/NOT_FOUND|LOCK_MISMATCH/);
    expect(readFileSync(lock, 'utf8')).toBe(before);
  });
});
