import { ToolError } from '../core/errors.ts';
import { isTerminal } from './terminal.ts';
import { writeAll } from './write.ts';

/** Bytes of the longest password that is taken from standard input. */
const longest = 64 * 1024;

/**
 * A user name and a password from standard input, or asked for on the terminal without showing the password.
 * @throws ToolError USAGE when there is nobody to ask
 */
export async function askCredentials(
  signal: AbortSignal,
  registry: string,
  username: string | undefined,
  stdin: boolean,
): Promise<{ username: string; password: string }> {
  if (stdin) {
    if (username === undefined) throw new ToolError('USAGE', '--password-stdin needs --username');
    return { username, password: await readAll() };
  }
  if (!(await isTerminal(0)) || !(await isTerminal(2))) {
    throw new ToolError('USAGE', 'there is no terminal to ask for the password', {
      hint: `Pipe it in: coracle login -u NAME --password-stdin ${registry} < FILE`,
    });
  }
  const name = username ?? (await askLine(signal, `User name for ${registry}: `, true));
  return { username: name, password: await askLine(signal, `Password or token of ${name}: `, false) };
}

/** All of standard input without the line end that `echo` adds. */
async function readAll(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > longest)
      throw new ToolError('USAGE', 'what comes on standard input is too long for a password');
  }
  return text.replace(/\r?\n$/, '');
}

/** One line from the terminal, in raw mode so that nothing is shown unless `echo`. Ctrl-C interrupts, as it does elsewhere. */
async function askLine(signal: AbortSignal, question: string, echo: boolean): Promise<string> {
  await writeAll(2, question);
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let line: string[] = [];
      signal.addEventListener(
        'abort',
        () => reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted')),
        { once: true },
      );
      stdin.on('end', () => reject(new ToolError('USAGE', 'the terminal was closed')));
      stdin.on('data', (chunk: string) => {
        for (const char of chunk) {
          if (char === '\r' || char === '\n') return resolve(line.join(''));
          if (char === '\u0003') process.kill(process.pid, 'SIGINT');
          else if (char === '\u0004') return reject(new ToolError('USAGE', 'nothing was typed'));
          else if (char === '\u007F' || char === '\b') {
            if (line.pop() !== undefined && echo) void writeAll(2, '\b \b');
          } else if (char === '\u0015') line = [];
          else if (char >= ' ') {
            line.push(char);
            if (echo) void writeAll(2, char);
          }
        }
      });
    });
  } finally {
    stdin.removeAllListeners('data').removeAllListeners('end');
    stdin.setRawMode(false);
    stdin.pause();
    await writeAll(2, '\n');
  }
}
