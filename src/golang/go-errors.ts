/** Says what a failed go command means: which error it is and what to do about it. Go's own lines are kept as they are. */
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import type { SourceRange, ToolErrorOptions } from '../core/errors.ts';
import type { ErrorCode } from '../core/error-codes.ts';

interface Rule {
  readonly when: RegExp;
  readonly code: ErrorCode;
  readonly message: (match: RegExpExecArray) => string;
  readonly hint?: (match: RegExpExecArray) => string;
  readonly retryable?: boolean;
}

/** The first that matches counts, so what is worse or more exact comes first. */
const rules: readonly Rule[] = [
  {
    when: /SECURITY ERROR|checksum mismatch|verifying \S+: (?:invalid|.*signature)/,
    code: 'CHECKSUM_MISMATCH',
    message: () => 'a module is not what go.sum or the checksum database says',
    hint: () =>
      'Somebody changed a published version, or something on the way did. Compare the hashes below; if go.sum is wrong, remove its line and run go mod tidy.',
  },
  {
    when: /verifying (?:module|go\.mod): (\S+?): [^\n]*\b(?:404|410)\b/,
    code: 'GO_MODULE',
    message: ([, module = '']) => `the checksum database does not know ${module}, so nobody can vouch for it`,
    hint: ([, module = '']) =>
      `If it is a private module: GOPRIVATE=${module.replace(/@.*$/, '')}. If not, wait until the database has seen it, or take another version.`,
  },
  {
    when: /no space left on device|disk quota exceeded/,
    code: 'DISK_FULL',
    message: () => 'the disk is full: the go command could not write',
    hint: () => 'Free some space (go clean -cache empties the build cache) and run the same command again.',
  },
  {
    when: /missing go\.sum entry (?:needed to verify|for (?:go\.mod file|module providing package))?[^\n]*/,
    code: 'GO_MODULE',
    message: () => 'go.sum lacks the checksum of a module that is needed',
    hint: () =>
      'Run go mod tidy (or go mod download for just the checksum) in the module, and commit go.sum.',
  },
  {
    when: /inconsistent vendoring|cannot find module providing package \S+: import lookup disabled by -mod=vendor|is marked as (?:explicit|replaced) in vendor/,
    code: 'GO_MODULE',
    message: () => 'the vendor folder does not match go.mod',
    hint: () => 'Run go mod vendor in the module.',
  },
  {
    when: /updates to go\.(?:mod|work) needed|go\.mod file indicates replacement|-mod=readonly/,
    code: 'GO_MODULE',
    message: () => 'go.mod is not up to date',
    hint: () => 'Run go mod tidy in the module, and commit go.mod and go.sum.',
  },
  {
    when: /no required module provides package ([^\s;:]+)/,
    code: 'GO_MODULE',
    message: ([, name = '']) => `no module in go.mod has the package ${name}`,
    hint: ([, name = '']) => `Run go get ${name} in the module.`,
  },
  {
    when: /package ([^\s:]+) is not in (?:std|GOROOT)/,
    code: 'GO_MODULE',
    message: ([, name = '']) => `there is no package ${name} in the standard library nor in this module`,
    hint: () => 'Check the import path: one of another module begins with a host name.',
  },
  {
    when: /requires go >= ([0-9][^\s;,)]*)/,
    code: 'GO_MODULE',
    message: ([, version = '']) => `a module needs Go ${version} or newer`,
    hint: ([, version = '']) => `Build with --go-version ${version}, or raise the go line in go.mod.`,
  },
  {
    when: /is contained in a module that is not one of the workspace modules|current directory is contained in a module that is not/,
    code: 'GO_MODULE',
    message: () => 'the module is not part of the workspace that go.work describes',
    hint: () => 'Run go work use . in the module, or set GOWORK=off.',
  },
  {
    when: /error obtaining VCS status[^\n]*/,
    code: 'GO_COMPILE',
    message: () => 'Go could not read the state of the version control system',
    hint: () => 'Build without the stamp (go.vcs: false in coracle.yaml), or make the repository readable.',
  },
  {
    when: /dial tcp|connection refused|no such host|i\/o timeout|TLS handshake|network is unreachable|connection reset by peer|proxyconnect|Could not resolve host|server misbehaving|unexpected EOF/,
    code: 'NETWORK',
    message: () => 'modules could not be fetched: the network or a server on the way does not answer',
    hint: () =>
      'Check the network, GOPROXY and HTTPS_PROXY, and run the same command again: what is there already is kept.',
    retryable: true,
  },
  {
    when: /module lookup disabled by GOPROXY=off/,
    code: 'GO_MODULE',
    message: () => 'a module is not on this machine, and GOPROXY=off forbids to fetch it',
    hint: () => 'Run go mod download where there is a network, or vendor the dependencies.',
  },
  {
    when: /unknown revision|invalid version|reading \S+: (?:40[0-9]|410|5\d\d)|no matching versions|malformed module path|unrecognized import path|cannot find module providing package|could not read Username|terminal prompts disabled|module declares its path as|does not contain package|ambiguous import|errors parsing go\.(?:mod|work)|go\.(?:mod|work):\d+|replacement directory|invalid go version|no such host|git (?:ls-remote|fetch|init)/,
    code: 'GO_MODULE',
    message: () => 'a module could not be resolved',
    hint: () =>
      'Check its path and version. A private module needs GOPRIVATE and credentials (~/.netrc or git); a folder in a replace line must be there.',
  },
  {
    when: /C compiler "([^"]*musl[^"]*\+\+)" not found|exec: "([^"]*musl[^"]*\+\+)": executable file not found/,
    code: 'TOOL_MISSING',
    message: ([, compiler, program]) => `${compiler ?? program ?? 'a C++ compiler of musl'} is not there`,
    hint: () =>
      "The program has C++, for which Debian has no compiler of musl's. Build with --cgo static, or set CC and CXX in go.env.",
  },
  {
    when: /C compiler "([^"]+)" not found|exec: "([^"]+)": executable file not found/,
    code: 'TOOL_MISSING',
    message: ([, compiler, program]) => `${compiler ?? program ?? 'a C compiler'} is not there`,
    hint: () => 'On Debian: apt-get install gcc libc6-dev. Or build without cgo (--cgo off).',
  },
  {
    when: /fatal error: (stdlib\.h|stdio\.h|errno\.h|stddef\.h|pthread\.h): No such file|cannot find -l(c|pthread)\b|cannot find (crt1\.o|Scrt1\.o)/,
    code: 'TOOL_MISSING',
    message: () => "the C library's headers or archives are not there",
    hint: () => 'On Debian: apt-get install libc6-dev (libc6-dev-ARCH-cross for another architecture).',
  },
  {
    when: /cannot find -l(\S+?):?(?:\s|$)/,
    code: 'TOOL_MISSING',
    message: ([, name = '']) => `the C linker does not find lib${name}`,
    hint: ([, name = '']) =>
      `Install its -dev package; a static link needs lib${name}.a. Or build with --cgo dynamic.`,
  },
  {
    when: /signal: killed/,
    code: 'GO_COMPILE',
    message: () => 'the Go compiler was killed, most likely for want of memory',
    hint: () => 'Give the machine or the container more memory, or compile less at once: go.flags: [-p=1].',
  },
  {
    when: /build constraints exclude all Go files in (\S+)/,
    code: 'GO_COMPILE',
    message: () => 'a package has no files for this platform and these tags',
    hint: () => 'It may need cgo (--cgo dynamic), other tags, or another platform.',
  },
  {
    when: /import "C"|undefined: C\.|requires? cgo|CGO_ENABLED=1/,
    code: 'GO_COMPILE',
    message: () => 'the program does not compile without cgo',
    hint: () => 'Build it with --cgo dynamic or --cgo static.',
  },
];

/**
 * The error that a failed go command's output means. `what`: `example.com/m/cmd/api`. `cwd`: where it ran, absolute. `phase`: what
 * it did; while packages are only listed, whatever goes wrong is about modules.
 */
export function goError(
  what: string,
  stderr: string,
  cwd: string,
  phase: 'build' | 'list' = 'build',
): ToolError {
  const detail = withoutPasswords(stderr).trimEnd();
  const where = firstPlace(detail, cwd);
  for (const { when, code, message, hint, retryable = false } of rules) {
    const match = when.exec(detail);
    if (!match) continue;
    const options: ToolErrorOptions = {
      detail,
      retryable,
      ...(hint && { hint: hint(match) }),
      ...(where && { where }),
    };
    return new ToolError(code, `cannot build ${what}: ${message(match)}`, options);
  }
  if (phase === 'list') {
    return new ToolError('GO_MODULE', `the packages of ${what} cannot be loaded`, {
      detail,
      ...(where && { where }),
    });
  }
  return new ToolError('GO_COMPILE', `${what} does not compile`, { detail, ...(where && { where }) });
}

/** `./main.go:7:2: undefined: x` as a place. */
function firstPlace(detail: string, cwd: string): SourceRange | undefined {
  const [, file, line, column] = /^(?:vet: )?([^\s:][^:\n]*\.\w+):(\d+)(?::(\d+))?: /m.exec(detail) ?? [];
  if (file === undefined) return undefined;
  return {
    file: path.resolve(cwd, file),
    line: Number(line),
    ...(column !== undefined && { column: Number(column) }),
  };
}

/** A GOPROXY or a git URL may carry a password; programs that print it do not always hide it. */
function withoutPasswords(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1xxxxx@');
}
