import { describe, expect, test } from 'vitest';
import { asBuilt } from '../../../src/explain/costs/as-built.ts';
import type { SourceProgram } from '../../../src/explain/costs/program.ts';
import { hostGo } from '../../golang/go-project.ts';
import { ledgerOf } from './ledgers.ts';

const program: SourceProgram = {
  importPath: 'example.com/app',
  settings: {
    toolchain: hostGo(),
    cwd: '/src',
    package: '.',
    platform: { os: 'linux', architecture: 'amd64' },
    cgo: 'off',
    strip: true,
    vcs: false,
    flags: [],
    tags: ['of-the-config'],
    ldflags: [],
    gcflags: [],
    env: {},
  },
};

describe('the settings of a build', () => {
  test('are those that the file tells', () => {
    const ledger = ledgerOf({
      machine: 'arm',
      stripped: false,
      settings: {
        '-race': 'true',
        '-tags': 'netgo,x.y',
        '-gcflags': 'all=-N -l',
        '-buildmode': 'pie',
        CGO_ENABLED: '1',
        GOARM: '6,softfloat',
        GOAMD64: 'v3',
      },
      needed: ['libc.so.6'],
    });
    expect(asBuilt(ledger, program, 'app').settings).toMatchObject({
      platform: { os: 'linux', architecture: 'arm', variant: 'v6' },
      cgo: 'dynamic',
      strip: false,
      tags: ['netgo', 'x.y'],
      gcflags: ['all=-N', '-l'],
      flags: ['-race', '-trimpath=false', '-buildmode=pie'],
      env: { GOAMD64: 'v3' },
    });
  });

  test('a static program with C has the C library that its sections tell', () => {
    const cgo = (sections: string[]): string =>
      asBuilt(ledgerOf({ settings: { CGO_ENABLED: '1' }, cgo: true, sections }), program, 'app').settings.cgo;
    expect(cgo(['.text', '.note.ABI-tag'])).toBe('static');
    expect(cgo(['.text'])).toBe('static-musl');
  });

  test('that could write files or run programs are not taken from a file', () => {
    const ledger = ledgerOf({
      settings: {
        '-trimpath': 'true',
        '-gcflags': '-asmhdr=/home/x/.profile -N',
        '-tags': '-toolexec=/bin/x,ok',
        '-buildmode': 'exe -toolexec=/bin/x',
        GOAMD64: 'v1 -x',
      },
    });
    expect(asBuilt(ledger, program, 'app').settings).toMatchObject({
      tags: ['ok'],
      gcflags: ['-N'],
      flags: [],
      env: {},
    });
  });

  test('of another Go are told as a difference', () => {
    expect(asBuilt(ledgerOf({ goVersion: 'go1.20.1' }), program, 'app').differences).toEqual([
      `the file was built with go1.20.1, and is measured with go${hostGo().version}`,
    ]);
    expect(asBuilt(ledgerOf({}), program, 'app').differences).toEqual([]);
  });
});
