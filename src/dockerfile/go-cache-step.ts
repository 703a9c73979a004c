/**
 * What a RUN step has to do with Go's caches: it runs the go command, it has nothing to do with them, or nobody can tell. Only what is
 * known to neither see nor name them counts as harmless.
 */
import path from 'node:path';
import { mayReach } from '../solve/exec/go-cache-seen.ts';
import { assignment } from '../solve/exec/environment.ts';
import type { ExecOp, GoCachePlaces } from '../solve/graph.ts';
import { judgeGo, judgeVariable, type GoReading } from './go-cache-go.ts';
import { readScript, type ShellCommand } from './go-cache-shell.ts';
import { NotUnderstood, type ShellWord } from './go-cache-words.ts';

/** A step that is harmless. */
export interface StepReading extends GoReading {
  /** It runs the go command. */
  readonly go: boolean;
}

/** The script of a step that a shell runs, or its words. */
export function commandsOf(
  { argv }: ExecOp,
  variable: (name: string) => string | undefined,
): readonly ShellCommand[] {
  const [program, ...rest] = argv;
  const script = rest.at(-1);
  const options = rest.slice(0, -1);
  const shell = /^(\/bin\/|\/usr\/bin\/)?(sh|bash|ash|dash)$/.test(program);
  if (shell && script !== undefined && options.some((option) => /^-[a-z]*c$/.test(option))) {
    const known = options.every((option) => /^-[a-z]+$/.test(option) || option === 'pipefail');
    if (!known) throw new NotUnderstood(options.join(' '));
    return readScript(script, variable);
  }
  const words = argv.map((text): ShellWord => ({ text, whole: true, pattern: false, splits: false }));
  return [{ assigned: [], words, redirects: [], captured: false }];
}

/**
 * Judges a step.
 * @param home of its user
 * @throws NotUnderstood with what of it is not known to be harmless
 */
export function judgeStep(op: ExecOp, places: GoCachePlaces, home: string): StepReading {
  const env = new Map(op.env.map(assignment));
  const variable = (name: string): string | undefined =>
    env.get(name) ?? (name === 'HOME' ? home : undefined);
  const named = /\bGO(?:MOD)?CACHE\b|\bgo-build\b|\bpkg\/mod(?![\w.-])/.exec(op.argv.join('\n'))?.[0];
  if (named !== undefined) throw new NotUnderstood(`${named}, which is named`);
  for (const [name, value] of env) judgeVariable(name, value);
  const reading = { go: false, compiles: false, tests: false, cgo: false, sources: new Set<string>() };
  const judge: Judge = { cwds: new Set([op.cwd]), unseen: places.unseen, home };
  let cgo = variable('CGO_ENABLED') !== '0';
  for (const command of commandsOf(op, variable)) {
    judgeAssigned(command, reading.sources);
    const exported = exportedBy(command, 'CGO_ENABLED');
    if (exported !== undefined) cgo = exported !== '0';
    const [name] = command.words;
    if (!name) continue;
    if (!name.whole || (name.pattern && name.text !== '['))
      throw new NotUnderstood(`${name.text}…, a command that is not known before`);
    const program = name.text.replace(/^\/usr\/local\/go\/bin\/go$/, 'go');
    if (program !== 'go') {
      judgeCommand(program, command, judge);
      continue;
    }
    const found = judgeGo(
      command,
      (word) => judgePath(word, judge),
      [...judge.cwds].some((cwd) => mayReach(cwd, judge.unseen)),
    );
    reading.go = true;
    reading.compiles ||= found.compiles;
    reading.tests ||= found.tests;
    const own = command.assigned.findLast((each) => each.name === 'CGO_ENABLED')?.value;
    reading.cgo ||= found.compiles && (own ? !own.whole || own.text !== '0' : cgo);
  }
  return { ...reading, sources: [...reading.sources].sort() };
}

/** Variables that say where the caches are, or which program `go` is: they may stand in the Dockerfile only. */
const moving = /^(GOMODCACHE|GOCACHE|GOPATH|GOROOT|GOENV|HOME|PATH|XDG_\w+|LD_\w+)$/;

interface Judge {
  /** Directories in which a command may run; grows with each `cd`. */
  readonly cwds: Set<string>;
  readonly unseen: readonly string[];
  readonly home: string;
}

function judgeAssigned({ assigned, words }: ShellCommand, sources: Set<string>): void {
  const exports = words[0]?.text === 'export' ? words.slice(1) : [];
  const all = [
    ...assigned,
    ...exports.map((value) => {
      const [name, text] = assignment(value.text);
      return { name, value: { ...value, text } };
    }),
  ];
  for (const { name, value } of all) {
    if (moving.test(name)) throw new NotUnderstood(`${name}, which the script sets`);
    judgeVariable(name, value.whole ? value.text : undefined);
    if (/^GO(PROXY|SUMDB|NOSUMDB|NOSUMCHECK|PRIVATE|NOPROXY|INSECURE|VCS|AUTH|FLAGS)$/.test(name))
      sources.add(`${name}=${value.text}`);
  }
}

function exportedBy({ assigned, words }: ShellCommand, name: string): string | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return assigned.findLast((each) => each.name === name)?.value.text;
  if (first.text !== 'export') return undefined;
  return rest
    .flatMap(({ text, whole }) => (text.startsWith(`${name}=`) ? [whole ? assignment(text)[1] : '?'] : []))
    .at(-1);
}

/** Commands that touch what they are told to, and nothing else. */
const files = new Set(
  (
    'cp mv rm rmdir mkdir touch ln chmod chown chgrp install strip upx cat head tail wc ls stat file sha256sum sha1sum md5sum ' +
    'cmp grep readlink realpath mktemp truncate unzip wget curl'
  ).split(' '),
);
/** Commands whose arguments are mostly words; a path among them is looked at nevertheless. */
const words = new Set(
  (
    'echo printf true false : exit test [ sleep date uname whoami id pwd set unset basename dirname for export expr seq ' +
    'apk apt apt-get dnf microdnf yum update-ca-certificates addgroup adduser groupadd useradd usermod nproc hostname'
  ).split(' '),
);
const gits = new Set(
  'clone config describe rev-parse rev-list log show status fetch checkout switch tag init submodule ls-files symbolic-ref'.split(
    ' ',
  ),
);

function judgeCommand(
  program: string,
  { words: [, ...args], redirects, captured }: ShellCommand,
  judge: Judge,
): void {
  for (const file of redirects) if (file.text !== '&') judgePath(file, judge);
  if (program === 'cd') return changeDirectory(args, judge);
  const git = program === 'git' && gits.has(args.find(({ text }) => !text.startsWith('-'))?.text ?? '');
  if (!git && !files.has(program) && !words.has(program)) throw new NotUnderstood(program);
  for (const arg of args) {
    if (arg.whole || files.has(program)) judgePath(arg, judge);
  }
  // Without an operand they show where they are.
  if (captured && (program === 'ls' || program === 'grep'))
    judgePath({ text: '.', whole: true, pattern: false, splits: false }, judge);
}

function changeDirectory(args: readonly ShellWord[], judge: Judge): void {
  const [to, ...more] = args;
  if (!to?.whole || more.length > 0 || to.text === '-') throw new NotUnderstood('cd to where nobody knows');
  const places = pathsOf(to, judge);
  if (to.pattern && !to.text.startsWith('~')) throw new NotUnderstood(`cd ${to.text}`);
  for (const place of places) judge.cwds.add(place);
}

/** An argument that may be a path, from whatever directory: it must not lead to the caches. */
function judgePath(word: ShellWord, judge: Judge): void {
  if (!word.whole && !/^https?:\/\//.test(word.text))
    throw new NotUnderstood(`${word.text}…, which is not known before`);
  const option = /^-[^/=]*[/=]?/.exec(word.text)?.[0];
  const text =
    option === undefined
      ? word.text
      : word.text.slice(option.endsWith('/') ? option.length - 1 : option.length);
  if (option !== undefined && text === '') return;
  for (const place of pathsOf({ ...word, text }, judge))
    if (mayReach(place, judge.unseen)) throw new NotUnderstood(`${word.text}, where Go's caches are`);
}

function pathsOf({ text, pattern }: ShellWord, { cwds, home }: Judge): string[] {
  if (text.split('/').includes('..')) throw new NotUnderstood(`${text}: .. may lead anywhere`);
  const tilde = pattern && text.startsWith('~');
  if (tilde && !/^~(\/|$)/.test(text)) throw new NotUnderstood(text);
  const whole = tilde ? `${home}${text.slice(1)}` : text;
  return [...cwds].map((cwd) => path.posix.resolve(cwd, whole));
}
