import { run } from '../core/exec.ts';
import { ToolError } from '../core/errors.ts';
import type { Line } from './line.ts';
import { throughMaster } from './session.ts';

/** Remote.attach: see types.ts. The file's name is the one thing that is part of a command line on a host, so it must be plain. */
export async function attachScript(
  line: Line,
  file: string,
  options: { readonly tty: boolean },
): Promise<number> {
  if (!/^[A-Za-z0-9/._-]+$/.test(file) || file.startsWith('-'))
    throw new ToolError('INTERNAL', `${JSON.stringify(file)} is no plain name of a file`);
  line.check();
  const { master, ctx } = line;
  const exit = await run(
    {
      argv: [...throughMaster(master), options.tty ? '-tt' : '-T', '--', 'host', `exec sh ${file}`],
      env: master.env,
      stdio: 'inherit',
    },
    ctx.signal,
  );
  if (exit.code === 255) line.check();
  return exit.code;
}
