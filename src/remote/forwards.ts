import { createServer } from 'node:net';
import path from 'node:path';
import { onceMap } from '../core/concurrency.ts';
import { ToolError } from '../core/errors.ts';
import { nameOf } from './address.ts';
import type { Line } from './line.ts';
import { throughMaster } from './session.ts';
import type { Remote } from './types.ts';

/** Milliseconds that a host may take to answer. */
const patience = 10_000;

/** Ways from ports of one side to the other, which live as long as the connection. See types.ts. */
export function openForwards(line: Line): Pick<Remote, 'reverse' | 'forward' | 'forwardSocket'> {
  const known = onceMap<string>();
  let sockets = 0;
  return {
    reverse: async (port) =>
      portIn(
        await known(`reverse ${checkPort(port)}`, async () =>
          ask(line, '-R', `127.0.0.1:0:127.0.0.1:${port}`, 'AllowTcpForwarding'),
        ),
      ),
    forward: async (port) =>
      portIn(await known(`forward ${checkPort(port)}`, async () => listen(line, port))),
    forwardSocket: async (file) =>
      known(`socket ${file}`, async () => {
        // ssh takes a colon for the end of the name.
        if (!/^\/[^:\0]{1,100}$/.test(file))
          throw new ToolError('INTERNAL', `${JSON.stringify(file)} is no name of a socket for ssh`);
        const local = path.join(line.master.directory, `s${sockets++}`);
        await ask(line, '-L', `${local}:${file}`, 'AllowStreamLocalForwarding');
        return local;
      }),
  };
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new ToolError('INTERNAL', `${port} is no port`);
}

function portIn(text: string): number {
  const port = Number(/\d+/.exec(text)?.[0]);
  return checkPort(port);
}

/** ssh does not choose a local port itself, so somebody else may take ours in between: then another one. */
async function listen(line: Line, port: number): Promise<string> {
  for (let left = 4; ; left--) {
    const local = await freePort();
    try {
      await ask(line, '-L', `127.0.0.1:${local}:127.0.0.1:${port}`, 'AllowTcpForwarding');
      return String(local);
    } catch (error) {
      if (left === 0) throw error;
      line.check();
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ask(line: Line, kind: '-R' | '-L', what: string, setting: string): Promise<string> {
  line.check();
  const { master } = line;
  const exit = await line.ctx.exec({
    argv: [...throughMaster(master), '-O', 'forward', kind, what, '--', 'host'],
    env: master.env,
    timeout: patience,
  });
  if (exit.code === 0) return exit.stdout;
  line.check();
  throw new ToolError(
    'HOST_UNFIT',
    `${nameOf(line.host)} allows no forwarding of ports or sockets over ssh`,
    {
      hint: `Its sshd_config must not say \`${setting} no\` for this user, nor its key \`restrict\` or \`no-port-forwarding\`.`,
      ...(exit.stderr.trim() === '' ? {} : { detail: exit.stderr.trim() }),
    },
  );
}
