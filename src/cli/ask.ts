import { on } from 'node:events';
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
  const password = (name: string): Question => ({ text: `Password or token of ${name}: `, echo: false });
  if (username !== undefined) {
    const [secret = ''] = await askLines(signal, [password(username)]);
    return { username, password: secret };
  }
  const [name = '', secret = ''] = await askLines(signal, [
    { text: `User name for ${registry}: `, echo: true },
    password('this user'),
  ]);
  return { username: name, password: secret };
}

/**
 * Whether the answer at the terminal begins with `y`. Nothing but that is a yes.
 * @throws ToolError USAGE when there is nobody to ask
 */
export async function askYes(signal: AbortSignal, question: string, otherwise: string): Promise<boolean> {
  if (!(await isTerminal(0)) || !(await isTerminal(2)))
    throw new ToolError('USAGE', 'there is no terminal to ask on', { hint: otherwise });
  const [answer = ''] = await askLines(signal, [{ text: `${question} [y/N] `, echo: true }]);
  return /^y/i.test(answer.trim());
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

/**
 * Lines from the terminal, one for each question, in raw mode so that nothing is shown unless `echo`. What is typed ahead counts for the
 * next question. Ctrl-C interrupts, as it does elsewhere.
 */
async function askLines(signal: AbortSignal, questions: readonly Question[]): Promise<string[]> {
  const { stdin } = process;
  stdin.setRawMode(true);
  try {
    const chars = characters(stdin, signal);
    const lines: string[] = [];
    for (const question of questions) {
      await writeAll(2, question.text);
      lines.push(await readLine(chars, question.echo));
      await writeAll(2, '\n');
    }
    return lines;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}

interface Question {
  readonly text: string;
  readonly echo: boolean;
}

async function* characters(
  stdin: NodeJS.ReadStream,
  signal: AbortSignal,
): AsyncGenerator<string, never, undefined> {
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    for await (const [chunk] of on(stdin, 'data', { signal, close: ['end', 'close'] })) yield* String(chunk);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  throw new ToolError('USAGE', 'the terminal was closed');
}

async function readLine(chars: AsyncGenerator<string, never, undefined>, echo: boolean): Promise<string> {
  const line: string[] = [];
  for (;;) {
    const { value: char } = await chars.next();
    if (char === '\r' || char === '\n') return line.join('');
    if (char === '\u0003') process.kill(process.pid, 'SIGINT');
    else if (char === '\u0004') throw new ToolError('USAGE', 'nothing was typed');
    else if (char === '\u007F' || char === '\b') {
      if (line.pop() !== undefined && echo) await writeAll(2, '\b \b');
    } else if (char === '\u0015') {
      if (echo) await writeAll(2, '\b \b'.repeat(line.length));
      line.length = 0;
    } else if (char >= ' ') {
      line.push(char);
      if (echo) await writeAll(2, char);
    }
  }
}
