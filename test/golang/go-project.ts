import { accessSync, constants, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import type { Toolchain } from '../../src/golang/toolchain-types.ts';
import type { CompileRequest } from '../../src/golang/compile.ts';
import type { GoCommand } from '../../src/golang/go-command.ts';

/** Writes files, by path relative to `directory`. */
export function writeFiles(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return directory;
}

/** A program that links next to nothing, so that it compiles in a moment. */
export const tinyMain = 'package main\n\nfunc main() { println("tiny") }\n';

export function goMod(module: string, rest = ''): string {
  return `module ${module}\n\ngo 1.21\n${rest}`;
}

let found: Toolchain | undefined;

/** The Go on this machine's PATH. */
export function hostGo(): Toolchain {
  if (found) return found;
  const go = which('go');
  const ask = (name: string): string =>
    execFileSync(go, ['env', name], {
      env: { ...process.env, GOTOOLCHAIN: 'local' },
      encoding: 'utf8',
    }).trim();
  found = {
    version: ask('GOVERSION').replace(/^go/, ''),
    goroot: ask('GOROOT'),
    go: realpathSync(go),
    origin: 'host',
  };
  return found;
}

export function which(program: string): string {
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    const file = path.join(directory, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // the next one
    }
  }
  throw new Error(`${program} is not on PATH`);
}

export function goCommand(overrides: Partial<GoCommand> = {}): GoCommand {
  return {
    toolchain: hostGo(),
    platform: { os: 'linux', architecture: 'amd64' },
    cgo: 'off',
    flags: [],
    tags: [],
    env: {},
    ...overrides,
  };
}

export function compileRequest(cwd: string, overrides: Partial<CompileRequest> = {}): CompileRequest {
  return {
    toolchain: hostGo(),
    cwd,
    package: '.',
    output: path.join(cwd, 'out.bin'),
    platform: { os: 'linux', architecture: 'amd64' },
    cgo: 'off',
    strip: true,
    vcs: false,
    flags: [],
    tags: [],
    ldflags: [],
    env: {},
    ...overrides,
  };
}

/** A git that knows its user, and no file of the machine's. */
export const gitEnv = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_AUTHOR_DATE: '2024-05-06T07:08:09Z',
  GIT_COMMITTER_DATE: '2024-05-06T07:08:09Z',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

export function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, ...gitEnv },
    stdio: 'pipe',
  });
}

/** Makes `directory` a repository with all its files committed. */
export function commitAll(directory: string): void {
  git(directory, 'init', '-q', '-b', 'main');
  git(directory, 'add', '-A');
  git(directory, 'commit', '-q', '--allow-empty', '-m', 'first');
}
