/**
 * An SSH agent as a step sees it: a socket of our own that the step's user may open, behind it the user's agent. Only what signing in
 * needs is passed on: a step cannot add keys to the agent, take some away, or lock it.
 */
import { promises as fs } from 'node:fs';
import type { Server, Socket } from 'node:net';
import path from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export interface ForwardedAgent {
  /** Absolute. */
  readonly socket: string;
  close(): Promise<void>;
}

/** draft-ietf-sshm-ssh-agent, section 4: the list of keys, and a signature. */
const passed: ReadonlySet<number> = new Set([11, 13]);
const failure = Buffer.from([0, 0, 0, 1, 5]);
/** Bytes of one message, as in OpenSSH. */
const largest = 256 * 1024;

/** @param agent the socket of the agent behind it */
export async function forwardAgent(
  agent: string,
  directory: string,
  name: string,
  owner: Owner,
): Promise<ForwardedAgent> {
  const net = await import('node:net');
  const socket = path.join(directory, name);
  const open = new Set<Socket>();
  const server = net.createServer((client) => {
    const behind = net.connect(agent);
    for (const end of [client, behind]) {
      open.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        open.delete(end);
        client.destroy();
        behind.destroy();
      });
    }
    void relay(client, behind).finally(() => client.end());
  });
  await listen(server, directory, name);
  await fs.chmod(socket, owner.mode);
  await fs.chown(socket, owner.uid, owner.gid);
  return {
    socket,
    close: async () => {
      for (const end of open) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A socket's path may be 107 bytes long, and a home directory is where it is: the directory is named by its descriptor. */
async function listen(server: Server, directory: string, name: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  server.once('close', () => void handle.close());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`/proc/self/fd/${handle.fd}/${name}`, resolve);
  });
}

/** One question, one answer, as the protocol wants it. */
async function relay(client: Socket, behind: Socket): Promise<void> {
  const answers = messages(behind);
  for await (const question of messages(client)) {
    if (!passed.has(question[4] ?? 0)) {
      client.write(failure);
      continue;
    }
    behind.write(question);
    const answer = await answers.next();
    if (answer.done) return;
    client.write(answer.value);
  }
}

/** Whole messages: four bytes of length and what follows. */
async function* messages(socket: Socket): AsyncGenerator<Buffer, void, undefined> {
  let held = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 4) {
        const end = 4 + held.readUInt32BE(0);
        if (end > largest || end === 4) return;
        if (held.length < end) break;
        yield held.subarray(0, end);
        held = held.subarray(end);
      }
    }
  } catch {
    // the other end went away
  }
}
