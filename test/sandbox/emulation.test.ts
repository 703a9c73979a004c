import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hostPlatform } from '../../src/oci/platform.ts';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { emulatorFor } from '../../src/sandbox/emulation.ts';
import { probeFor } from '../../src/sandbox/probe.ts';
import { describeWith, findProgram, installed, isRoot } from '../components/program.ts';
import { containing } from '../support/containing.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

const known = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'ppc64le', 'riscv64', 's390x'];

test.each(known)('the smallest program for %s is one, for readelf and for qemu', (architecture) => {
  const probe = probeFor(architecture);
  const file = path.join(tempDir(), 'probe');
  writeFileSync(file, probe?.program ?? '', { mode: 0o755 });
  expect(probe?.program.length).toBeLessThan(160);
  if (findProgram('readelf') !== undefined) {
    const header = execFileSync('readelf', ['-hl', file], { encoding: 'utf8' });
    expect(header).toMatch(/EXEC \(Executable file\)/);
    expect(header).toMatch(/LOAD/);
  }
  const qemu = findProgram(`qemu-${probe?.qemu ?? ''}-static`);
  if (architecture === hostPlatform().architecture) execFileSync(file);
  if (qemu !== undefined) execFileSync(qemu, [file]);
});

describeWith([isRoot, installed('unshare')], 'programs of other platforms', () => {
  test('this platform needs nothing', async () => {
    const ctx = testCtx();
    const sandbox = await chooseSandbox(ctx, 'builtin');
    expect(await emulatorFor(ctx, sandbox, hostPlatform())).toEqual({ kind: 'native' });
  });

  test('what cannot be run is said, with what to install', async () => {
    const ctx = testCtx();
    const sandbox = await chooseSandbox(ctx, 'builtin');
    const foreign = { os: 'linux', architecture: process.arch === 'x64' ? 's390x' : 'amd64' };
    const answer = await emulatorFor(ctx, sandbox, foreign).catch((error: unknown) => error);
    // A machine may have a handler.
    if (answer instanceof Error) {
      expect(answer).toMatchObject({ code: 'TOOL_MISSING', hint: containing('qemu-user-static') });
    } else expect(answer).toEqual({ kind: 'machine' });
    await expect(emulatorFor(ctx, sandbox, { os: 'windows', architecture: 'amd64' })).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      hint: containing('BUILDPLATFORM'),
    });
    await sandbox.close();
  });

  test('in a user namespace an emulator is registered for it alone', () => {
    // No emulator is needed to see that one is used: any program of this machine does, as long as it ends well.
    const bin = path.join(tempDir(), 'bin');
    mkdirSync(bin);
    const name = probeFor('s390x')?.qemu ?? '';
    const stand = probeFor(hostPlatform().architecture)?.program ?? '';
    writeFileSync(path.join(bin, `qemu-${name}-static`), stand, { mode: 0o755 });
    const script = path.join(import.meta.dirname, 'contract/emulate.ts');
    const argv = ['-r', '-m', process.execPath, '--no-warnings', script, tempDir(), 's390x'];
    const out = execFileSync('unshare', argv, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
    if (out.includes('no emulator')) return; // before Linux 6.7
    expect(JSON.parse(out)).toEqual({ kind: 'ours', interpreter: path.join(bin, `qemu-${name}-static`) });
  });
});
