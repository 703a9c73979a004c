/** Which files of a package a build takes: file names and `//go:build` lines, as `go help buildconstraint` says. */
import type { CgoMode } from './build-flags.ts';

/** What is true in one build. */
export interface BuildContext {
  readonly architecture: string;
  readonly cgo: CgoMode;
  readonly tags: readonly string[];
  /** The toolchain's version, `1.26.8`; undefined counts as newer than any. */
  readonly goVersion?: string;
}

const systems = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
);
const architectures = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le ' +
    'riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

/** True when the name says nothing against it: no `_windows.go` and the like, no test, no leading dot or underscore. */
export function nameMatches(file: string, context: BuildContext): boolean {
  if (/^[._]/.test(file) || file.endsWith('_test.go')) return false;
  const parts = file.replace(/\..*$/, '').split('_').slice(1);
  const last = parts.at(-1) ?? '';
  const before = parts.at(-2) ?? '';
  if (architectures.has(last))
    return last === context.architecture && (!systems.has(before) || before === 'linux');
  return !systems.has(last) || last === 'linux';
}

/** True when a file's constraint holds: its `//go:build` line if there is one, else all of its `// +build` lines. */
export function constraintHolds(lines: readonly string[], context: BuildContext): boolean {
  const modern = lines.find((line) => /^\/\/go:build\s/.test(line));
  if (modern !== undefined) return evaluate(modern.replace(/^\/\/go:build\s+/, ''), context);
  return lines
    .filter((line) => /^\/\/\s*\+build\s/.test(line))
    .every((line) =>
      line
        .replace(/^\/\/\s*\+build\s+/, '')
        .trim()
        .split(/\s+/)
        .some((option) =>
          option
            .split(',')
            .every((term) => (term.startsWith('!') ? !holds(term.slice(1), context) : holds(term, context))),
        ),
    );
}

/** A constraint that is not well formed counts as true: the go command is the one to complain. */
function evaluate(expression: string, context: BuildContext): boolean {
  const tokens = expression.replace(/\/\/.*$/, '').match(/&&|\|\||[!()]|[^\s!()&|]+/g) ?? [];
  let at = 0;
  const or = (): boolean => {
    let value = and();
    while (tokens[at] === '||') {
      at++;
      const right = and();
      value = value || right;
    }
    return value;
  };
  const and = (): boolean => {
    let value = not();
    while (tokens[at] === '&&') {
      at++;
      const right = not();
      value = value && right;
    }
    return value;
  };
  const not = (): boolean => {
    const token = tokens[at++];
    if (token === '!') return !not();
    if (token !== '(') return token === undefined || holds(token, context);
    const value = or();
    at++;
    return value;
  };
  const value = or();
  return at < tokens.length || value;
}

function holds(tag: string, { architecture, cgo, tags, goVersion }: BuildContext): boolean {
  if (tags.includes(tag)) return true;
  if (tag === 'linux' || tag === 'unix' || tag === 'gc') return true;
  if (tag === architecture) return true;
  if (tag === 'cgo') return cgo !== 'off';
  const [, minor] = /^go1\.(\d+)$/.exec(tag) ?? [];
  if (minor === undefined) return false;
  return goVersion === undefined || Number(minor) <= Number(/^1\.(\d+)/.exec(goVersion)?.[1] ?? Infinity);
}
