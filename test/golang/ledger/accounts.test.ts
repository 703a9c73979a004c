import { describe, expect, it } from 'vitest';
import { cPackage, makeAccounts } from '../../../src/golang/ledger/accounts.ts';
import type { Account } from '../../../src/golang/ledger/types.ts';

const build = {
  goVersion: 'go1.26.8',
  path: 'example.com/app/cmd/app',
  main: { path: 'example.com/app', version: 'v1.2.3' },
  deps: [
    { path: 'example.com/app/plugins', version: 'v0.1.0' },
    { path: 'gopkg.in/yaml.v3', version: 'v3.0.1' },
    { path: 'plain', version: 'v0.0.1' },
  ],
  settings: {},
};

describe('accounts', () => {
  const accounts = makeAccounts(build);
  const of = (symbolPath: string): Account | undefined => accounts.list()[accounts.package(symbolPath)];

  it.each([
    ['main', 'example.com/app/cmd/app', 'main', 'example.com/app'],
    ['example.com/app/internal/x', 'example.com/app/internal/x', 'main', 'example.com/app'],
    ['example.com/app/plugins/y', 'example.com/app/plugins/y', 'module', 'example.com/app/plugins'],
    ['gopkg.in/yaml%2ev3', 'gopkg.in/yaml.v3', 'module', 'gopkg.in/yaml.v3'],
    ['plain/inner', 'plain/inner', 'module', 'plain'],
    ['net/http', 'net/http', 'standard', undefined],
    ['vendor/golang.org/x/net/idna', 'vendor/golang.org/x/net/idna', 'standard', undefined],
    ['runtime', 'runtime', 'runtime', undefined],
    ['runtime/debug', 'runtime/debug', 'runtime', undefined],
    ['internal/runtime/maps', 'internal/runtime/maps', 'runtime', undefined],
    ['internal/abi', 'internal/abi', 'runtime', undefined],
    ['internal/poll', 'internal/poll', 'standard', undefined],
    ['example.org/unknown', 'example.org/unknown', 'module', undefined],
  ])('%s is %s, of the group %s', (symbolPath, name, group, module) => {
    expect(of(symbolPath)).toMatchObject({ kind: 'package', name, group });
    expect(of(symbolPath)?.module?.path).toBe(module);
  });

  it('are the same for an escaped and a plain path, and for the main package by either name', () => {
    expect(accounts.package('gopkg.in/yaml.v3')).toBe(accounts.package('gopkg.in/yaml%2ev3'));
    expect(accounts.package('example.com/app/cmd/app')).toBe(accounts.package('main'));
  });

  it('have one for all that is of no package, and one for C', () => {
    expect(of('')).toMatchObject({ kind: 'shared', group: 'generated' });
    expect(accounts.package('go.shape')).toBe(accounts.package(''));
    expect(accounts.package('go%2eshape'), 'as symbols have it').toBe(accounts.package(''));
    expect(of(cPackage)).toMatchObject({ group: 'cgo' });
  });
});
