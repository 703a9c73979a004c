import { ToolError, type SourceRange } from '../../core/errors.ts';

/** What --chmod does to a file's mode. */
export interface Chmod {
  /** The mode of directories made on the way; undefined for the usual one. */
  readonly parents: number | undefined;
  /** The 12 permission bits that become of `mode`. */
  apply(mode: number, isDirectory: boolean): number;
}

/**
 * Reads `--chmod`: octal, or symbolic as in BSD's chmod(1), whose rules BuildKit follows (`u=rwX,go=rX`).
 * @throws ToolError DOCKERFILE_INVALID
 */
export function parseChmod(text: string, where?: SourceRange): Chmod {
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return { parents: mode & 0o777, apply: () => mode };
  }
  const steps = /^\d/.test(text) ? undefined : parseSymbolic(text);
  if (!steps)
    throw new ToolError('DOCKERFILE_INVALID', `--chmod=${text} is no mode`, {
      hint: 'Write an octal number up to 7777 (--chmod=755), or changes as chmod takes them (--chmod=u=rwX,go=rX).',
      ...(where && { where }),
    });
  return {
    parents: undefined,
    apply: (mode, isDirectory) => {
      const executable = isDirectory || (mode & 0o111) !== 0;
      return steps.reduce((now, step) => step(now, executable), mode);
    },
  };
}

/** Takes the mode so far; `executable` is of the mode before all steps. */
type Step = (mode: number, executable: boolean) => number;

const classes = new Map([
  ['u', 0o4700],
  ['g', 0o2070],
  ['o', 0o007],
  ['a', 0o6777],
]);
const permissions = new Map([
  ['r', 0o444],
  ['w', 0o222],
  ['x', 0o111],
]);
const others = 0o007;
const setIds = 0o6000;
const sticky = 0o1000;
const execute = 0o111;
const everyone = 0o6777;

function parseSymbolic(text: string): Step[] | undefined {
  const steps: Step[] = [];
  for (const clause of text.split(',')) {
    const parts = /^([augo]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
    if (!parts) return undefined;
    const [, who = '', changes = ''] = parts;
    const named = who.split('').reduce((mask, letter) => mask | (classes.get(letter) ?? 0), 0);
    for (const change of changes.match(/[-+=][^-+=]*/g) ?? [])
      steps.push(...changeSteps(named, change[0] ?? '+', change.slice(1)));
  }
  return steps;
}

/** The steps of one operator and its letters. Set-ID and sticky bits say nothing of others. */
function changeSteps(named: number, operator: string, letters: string): Step[] {
  const steps: Step[] = [];
  const onlyOthers = named !== 0 && (named & ~others) === 0;
  let who = named;
  let set = 0;
  let whenExecutable = 0;
  let cleared = operator !== '=';
  const flush = (): void => {
    const mask = who === 0 ? 0o7777 : who;
    const [now, conditional] = [set & mask, whenExecutable & mask];
    if (operator === '-') steps.push((mode) => mode & ~now);
    else {
      const drop = cleared ? 0 : who === 0 ? everyone : who;
      cleared = true;
      steps.push((mode) => (mode & ~drop) | now);
      steps.push((mode, executable) => (executable ? mode | conditional : mode));
    }
    set = 0;
    whenExecutable = 0;
  };
  for (const letter of letters) {
    if (letter === 'u' || letter === 'g' || letter === 'o') {
      if (set !== 0 || whenExecutable !== 0) flush();
      // The copy clears what it replaces, and only that.
      cleared = true;
      steps.push(copyStep(named, operator, letter));
    } else if (letter === 'X') {
      if (operator === '-') set |= execute;
      else whenExecutable |= execute;
    } else if (letter === 't') {
      if (!onlyOthers) {
        who |= sticky;
        set |= sticky;
      }
    } else if (letter === 's') {
      if (!onlyOthers) set |= setIds;
    } else set |= permissions.get(letter) ?? 0;
  }
  flush();
  return steps;
}

/** `g=u`: the bits of one class for others. */
function copyStep(named: number, operator: string, from: 'u' | 'g' | 'o'): Step {
  const shift = { u: 6, g: 3, o: 0 }[from];
  const to = [6, 3, 0].filter((at) => named === 0 || (named & (0o4 << at)) !== 0);
  return (mode) => {
    const value = (mode >> shift) & 0o7;
    const change = to.reduce((sum, at) => sum | (value << at), 0);
    const all = to.reduce((mask, at) => mask | (0o7 << at), 0);
    if (operator === '-') return mode & ~change;
    return operator === '=' ? (mode & ~all) | change : mode | change;
  };
}
