import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { doctor, type Finding } from '../../src/host/doctor.ts';
import { runCheck } from '../../src/host/check.ts';
import { credentials, engine } from '../../src/host/images.ts';
import { home } from '../../src/host/machine.ts';
import { checksums, proxy } from '../../src/host/go.ts';
import { renderDoctor } from '../../src/render/doctor.ts';
import { styleFor } from '../../src/render/style.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { containing } from '../support/containing.ts';

const bare = (more: Record<string, string | undefined> = {}) => {
  const directory = tempDir();
  return testCtx({
    env: {
      HOME: directory,
      DOCKER_CONFIG: undefined,
      REGISTRY_AUTH_FILE: undefined,
      XDG_RUNTIME_DIR: undefined,
      XDG_CONFIG_HOME: undefined,
      GOPROXY: 'off',
      GOSUMDB: 'off',
      GOENV: 'off',
      ...more,
    },
  });
};

test('every check ends with a finding, whatever the machine', async () => {
  const findings = await doctor(bare({ PATH: '/nonexistent' }));
  expect(findings.map((finding) => finding.name)).toEqual([
    'node',
    'machine',
    'home',
    'store',
    'go',
    'Go proxy',
    'checksums',
    'git',
    'C compiler',
    'engine',
    'credentials',
    'namespaces',
    'ids',
    'overlayfs',
    'builtin',
    'runc',
    'crun',
    'chroot',
    'network',
    'emulation',
  ]);
  const state = (name: string) => findings.find((finding) => finding.name === name)?.state;
  expect([state('node'), state('home'), state('git'), state('C compiler')]).toEqual([
    'ok',
    'ok',
    'missing',
    'missing',
  ]);
  expect(findings.filter((finding) => finding.state !== 'ok' && !finding.hint)).toEqual([]);
});

test('a home that cannot be written is a problem', async () => {
  const ctx = { ...bare(), home: '/dev/null/home' };
  expect(await runCheck(ctx, home)).toMatchObject({
    state: 'problem',
    hint: containing('CORACLE_HOME'),
  });
});

test('a proxy that is off, or does not answer, is a problem', async () => {
  expect(await runCheck(bare(), proxy)).toMatchObject({
    state: 'problem',
    says: containing('GOPROXY=off'),
  });
  expect(await runCheck(bare({ GOPROXY: `file://${tempDir()}/nothere` }), proxy)).toMatchObject({
    name: 'Go proxy',
  });
});

test('a checksum database that is off is said', async () => {
  expect(await runCheck(bare(), checksums)).toMatchObject({
    state: 'missing',
    says: containing('GOSUMDB=off'),
  });
});

test('an engine is spoken to, not looked at', async () => {
  const socket = path.join(tempDir(), 'docker.sock');
  const server = createServer((_request, response) => response.end('OK'));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    expect(await runCheck(bare({ DOCKER_HOST: `unix://${socket}` }), engine)).toMatchObject({
      state: 'ok',
      says: `Docker answers on ${socket}`,
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  writeFileSync(socket, '');
  expect(
    await runCheck(bare({ DOCKER_HOST: `unix://${socket}`, PATH: '/nonexistent' }), engine),
  ).toMatchObject({ state: 'missing' });
});

describe('credentials', () => {
  test('are said by registry, never by content', async () => {
    const ctx = bare();
    const file = path.join(ctx.env['HOME'] ?? '', '.docker/config.json');
    mkdirSync(path.dirname(file));
    writeFileSync(
      file,
      JSON.stringify({
        auths: { 'registry.example.com': { auth: Buffer.from('me:secret').toString('base64') } },
      }),
    );
    const finding = await runCheck(ctx, credentials);
    expect(finding).toMatchObject({ state: 'ok', says: containing('registry.example.com') });
    expect(JSON.stringify(finding)).not.toMatch(/secret|bWU6/);
  });

  test('a helper that is not there is a problem, one that is there is not', async () => {
    const ctx = bare();
    const directory = ctx.env['HOME'] ?? '';
    mkdirSync(path.join(directory, '.docker'));
    writeFileSync(path.join(directory, '.docker/config.json'), JSON.stringify({ credsStore: 'safe' }));
    expect(await runCheck(ctx, credentials)).toMatchObject({
      state: 'problem',
      says: containing('docker-credential-safe'),
    });
    writeFileSync(path.join(directory, 'docker-credential-safe'), '#!/bin/sh\n');
    chmodSync(path.join(directory, 'docker-credential-safe'), 0o755);
    expect(await runCheck({ ...ctx, env: { ...ctx.env, PATH: directory } }, credentials)).toMatchObject({
      state: 'ok',
    });
  });
});

test('findings are marked, wrapped, and summed up', () => {
  const findings: Finding[] = [
    { name: 'node', state: 'ok', says: '24' },
    { name: 'git', state: 'missing', says: 'not there', hint: 'Install git.' },
    { name: 'home', state: 'problem', says: 'full '.repeat(30).trim(), hint: 'Free some space.' },
  ];
  const text = renderDoctor(findings, styleFor(false), 80);
  expect(text).toContain('ok node');
  expect(text).toContain('-- git');
  expect(text).toContain('!! home');
  expect(text).toContain('1 problem.');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(renderDoctor(findings.slice(0, 2), styleFor(false), 80)).toContain('This machine can build.');
});

test('tells one cause once, and that steps cannot run when no sandbox works', () => {
  const refused = { state: 'missing', says: 'user namespaces are not allowed', hint: 'Ask root.' } as const;
  const findings: readonly Finding[] = ['namespaces', 'builtin', 'runc', 'crun', 'chroot'].map((name) => ({
    name,
    ...refused,
  }));
  const text = renderDoctor(findings, styleFor(false), 80);
  expect(text.match(/user namespaces are not allowed/g)).toHaveLength(1);
  expect(text.match(/Ask root/g)).toHaveLength(1);
  expect(text).toContain('the same as namespaces');
  expect(text).toContain('This machine can build, except Dockerfiles with RUN.');
});
