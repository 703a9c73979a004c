/** Which go commands may have the caches: those that use them and tell nobody what is in them. */
import type { ShellCommand } from './go-cache-shell.ts';
import { NotUnderstood, type ShellWord } from './go-cache-words.ts';

export interface GoReading {
  readonly compiles: boolean;
  readonly tests: boolean;
  /** It may run a C compiler. */
  readonly cgo: boolean;
  /** Settings in the script that decide where modules come from. */
  readonly sources: readonly string[];
}

const compiling = new Set(['build', 'install', 'vet', 'test', 'get']);
const others = new Set(['list', 'version', 'env', 'fmt', 'help']);
const mods = new Set(['download', 'tidy', 'verify', 'vendor', 'init', 'edit', 'graph', 'why']);
/** They run programs that are not Go's, or put something in the caches' place. */
const forbidden = /^--?(toolexec|exec|vettool|fuzz\w*|overlay|pkgdir|C|compiler|gccgoflags|cache)(=|$)/;
/** Their values are no paths that anything is read from or written to. */
const valued =
  /^--?(ldflags|gcflags|asmflags|tags|run|skip|bench|count|timeout|p|parallel|cpu|mod|buildvcs|buildmode|covermode)(=|$)/;

/**
 * @param judgePath throws for a path that leads to the caches
 * @param nearby the command may run in a directory that holds the caches, or in one of them
 * @throws NotUnderstood
 */
export function judgeGo(
  command: ShellCommand,
  judgePath: (word: ShellWord) => void,
  nearby: boolean,
): Pick<GoReading, 'compiles' | 'tests'> {
  const [, sub, ...args] = command.words;
  const name = sub?.whole === true ? sub.text : '';
  const [first] = args;
  const known =
    compiling.has(name) ||
    others.has(name) ||
    (name === 'mod' && mods.has(first?.text ?? '')) ||
    (name === 'work' && /^(init|sync|use)$/.test(first?.text ?? ''));
  if (!known) throw new NotUnderstood(`go ${name} ${name === 'mod' ? (first?.text ?? '') : ''}`.trim());
  if (name === 'env') judgeEnv(args);
  const tells = name !== 'version' && name !== 'env';
  const shown = command.redirects.some(({ text, whole }) => !whole || (text !== '/dev/null' && text !== '&'));
  if (tells && (shown || command.captured))
    throw new NotUnderstood(`what go ${name} says, which is kept: it says what it downloads`);
  const fromAnywhere = name === 'install' && args.some(({ text }) => text.includes('@'));
  if (tells && nearby && !fromAnywhere)
    throw new NotUnderstood(`go ${name} in a directory where Go's caches are`);
  for (let at = 0; at < args.length; at++) {
    const word = args[at];
    if (!word) continue;
    if (forbidden.test(word.text)) throw new NotUnderstood(word.text);
    const value = valued.exec(word.text);
    if (!value) judgePath(word);
    else if (word.splits) throw new NotUnderstood(`${word.text}…, which may be several words`);
    else if (value[2] === '' && args[++at]?.splits === true)
      throw new NotUnderstood(`the value of ${word.text}, which may be several words`);
  }
  return { compiles: compiling.has(name), tests: name === 'test' };
}

function judgeEnv(args: readonly ShellWord[]): void {
  if (!args.some(({ text }) => text === '-w' || text === '-u')) return;
  for (const { text, whole } of args) {
    if (text.startsWith('-')) continue;
    const [, name, value] = /^(\w+)=?(.*)$/s.exec(text) ?? [];
    if (!whole || name === undefined || /^GO(FLAGS|PATH|ROOT|MODCACHE|CACHE)$/.test(name))
      throw new NotUnderstood(`go env -w ${text}`);
    judgeVariable(name, value);
  }
}

/**
 * A variable that a step sets or has.
 * @param value undefined when it is not known
 * @throws NotUnderstood when it might move the caches, or make other programs of the go command's
 */
export function judgeVariable(name: string, value: string | undefined): void {
  if (name === 'GOCACHEPROG' || name === 'GOTOOLDIR') throw new NotUnderstood(name);
  if (name === 'GODEBUG' && value?.includes('gocache') !== false) throw new NotUnderstood(name);
  // A compiler of the project's own could change without the go command's knowing.
  if (/^(CC|CXX|FC|AR|PKG_CONFIG)(_FOR_\w+)?$/.test(name) && value?.includes('/') !== false)
    throw new NotUnderstood(name);
  if (name !== 'GOFLAGS') return;
  if (
    value === undefined ||
    value.split(/\s+/).some((flag) => forbidden.test(flag) || /^--?modfile/.test(flag))
  )
    throw new NotUnderstood('GOFLAGS');
}
