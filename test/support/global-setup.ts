import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { testCacheRoot } from '../components/cache.ts';

/** Settings of the machine's Go that say where modules come from; the rest must not leak into the tests. */
const sources = /^(GOPROXY|GONOPROXY|GOPRIVATE|GOSUMDB|GONOSUMDB|GOINSECURE|GOAUTH)=/;

/** Variables of the user's that would change what a test sees. */
const foreign =
  /^(CORACLE_HOME|DOCKER_.*|REGISTRY_AUTH_FILE|CONTAINERS_.*|XDG_.*|GOFLAGS|GOTOOLCHAIN|GOWORK|GOENV|GOOS|GOARCH|CGO_ENABLED|KO_.*|KOCACHE|SOURCE_DATE_EPOCH|NO_COLOR|FORCE_COLOR|TZ)$/;

let home = '';

/**
 * Runs once before all tests: an empty HOME that is removed afterwards, and Go caches of the tests' own, kept between runs.
 * Workers inherit this process's environment.
 */
export function setup(): void {
  home = mkdtempSync(path.join(tmpdir(), 'coracle-test-home-'));
  copyGoSources(home);
  for (const name of Object.keys(process.env)) if (foreign.test(name)) delete process.env[name];
  process.env['HOME'] = home;
  process.env['GOMODCACHE'] ??= path.join(testCacheRoot, 'go-mod');
  process.env['GOCACHE'] ??= path.join(testCacheRoot, 'go-build');
}

export async function teardown(): Promise<void> {
  await removeTree(home);
}

function copyGoSources(to: string): void {
  const config = process.env['XDG_CONFIG_HOME'] || path.join(homedir(), '.config');
  const file = process.env['GOENV'] || path.join(config, 'go', 'env');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return; // no settings of its own
  }
  const kept = text.split('\n').filter((line) => sources.test(line));
  mkdirSync(path.join(to, '.config', 'go'), { recursive: true });
  writeFileSync(path.join(to, '.config', 'go', 'env'), kept.map((line) => `${line}\n`).join(''));
}
