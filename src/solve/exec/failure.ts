import { ToolError } from '../../core/errors.ts';
import type { SandboxExit } from '../../sandbox/types.ts';
import type { ExecOp } from '../graph.ts';

/** What an exit code mostly means; signal(7), and what shells do. */
const meanings: Readonly<Record<number, string>> = {
  126: 'the command is there and cannot be run: not executable, a directory, or made for another processor',
  127: 'command not found',
  130: 'interrupted',
  132: 'illegal instruction: made for a newer processor',
  134: 'it aborted itself',
  135: 'bus error',
  137: 'killed, mostly because memory ran out',
  139: 'segmentation fault',
  143: 'terminated',
};

/** Characters of a command that are shown. */
const longest = 80;

/**
 * The error for a step that ended with another exit code than 0.
 * @param output its last lines
 * @param id of the failed tree, when it could be kept
 */
export function runFailed(op: ExecOp, exit: SandboxExit, output: string, id: string | undefined): ToolError {
  return new ToolError('RUN_FAILED', endOf(op, exit), {
    detail: output,
    ...(op.where && { where: op.where }),
    ...(id !== undefined && {
      hint: `coracle run --failed ${id} opens a shell in the tree as the step left it.`,
    }),
  });
}

/** The error for a step that failed with no room left on the disk. */
export function diskFilled(op: ExecOp, exit: SandboxExit, output: string): ToolError {
  return new ToolError('DISK_FULL', `${endOf(op, exit)}, and the disk is full`, {
    detail: output,
    ...(op.where && { where: op.where }),
    hint: 'Free some space (coracle prune --dry-run shows what Coracle can give back) and run the same command again.',
  });
}

function endOf(op: ExecOp, exit: SandboxExit): string {
  const meaning = exit.timedOut ? 'it took too long' : meanings[exit.code];
  const code = `exit code ${exit.code}${meaning === undefined ? '' : ` (${meaning})`}`;
  return `RUN ${commandOf(op.argv)} failed with ${code}`;
}

/** A command as people wrote it: of `/bin/sh -c SCRIPT` the script's first line. */
export function commandOf(argv: readonly string[]): string {
  const script = argv.length === 3 && argv[1] === '-c' ? argv[2] : undefined;
  const text =
    script ?? argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  const [first = '', ...more] = text.trim().split('\n');
  const line = first.replaceAll(/\s+/g, ' ');
  return line.length > longest || more.length > 0 ? `${line.slice(0, longest).trimEnd()} …` : line;
}
