import net from 'node:net';
import { ToolError, messageOf } from '../core/errors.ts';

/** Longest answer that is taken, in bytes: `show stat` of some hundred services. */
const longestAnswer = 4 * 1024 * 1024;
/** Milliseconds without a byte until the proxy counts as gone. */
const silence = 10_000;

/**
 * Sends `text` (commands, with their payload) on a connection of its own and gives all that is answered. HAProxy closes the connection when
 * it has answered.
 * @throws ToolError PROXY_UNREACHABLE
 */
export function ask(socketPath: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    const socket = net.connect(socketPath);
    const fail = (why: string): void => {
      socket.destroy();
      reject(unreachable(why));
    };
    socket.setTimeout(silence, () => fail(`it did not answer for ${silence / 1000} seconds`));
    socket.on('error', (error) => fail(messageOf(error)));
    // Our side stays open: newer versions drop what is not answered yet when it closes.
    socket.on('connect', () => socket.write(`${text}\n`));
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > longestAnswer) fail(`its answer is longer than ${longestAnswer} bytes`);
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      if (length === 0) reject(unreachable('it closed the connection without an answer'));
      else resolve(Buffer.concat(parts).toString('utf8'));
    });
  });
}

export function unreachable(why: string): ToolError {
  return new ToolError('PROXY_UNREACHABLE', `the runtime socket of the proxy does not answer: ${why}`, {
    hint: 'Look at its log on the host: docker logs coracle-proxy (or podman logs coracle-proxy).',
    retryable: true,
  });
}
