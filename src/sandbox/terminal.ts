import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { onPath } from '../core/on-path.ts';

/**
 * A terminal of the sandbox's own on ours: Node cannot make one, `script` can. It passes key presses on, so that an interrupt
 * reaches the program and not us.
 * @returns what makes a shell word list into the command line that runs it
 * @throws ToolError TOOL_MISSING
 */
export async function terminalWrapper(ctx: Ctx): Promise<(argv: readonly string[]) => readonly string[]> {
  const script = await onPath('script', `${ctx.env['PATH'] ?? ''}:/usr/bin:/bin`);
  if (script === undefined) {
    throw new ToolError('TOOL_MISSING', 'the program script is not there: no terminal can be made', {
      hint: 'Install bsdutils (Debian) or util-linux, or leave out -t.',
    });
  }
  return (argv) => [script, '-qefc', `exec ${argv.map(quote).join(' ')}`, '/dev/null'];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
