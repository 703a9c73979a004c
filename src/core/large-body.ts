import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Bytes from which a body is worth a connection of its own. */
const large = 8 * 1024 * 1024;

/**
 * The body of an answer. Node's parser copies every byte of a body; where it is long and its length is known, the bytes are taken
 * from the socket, past the parser, which halves the cost of a download. Such a connection is not used again.
 * To be called one tick after the answer's headers came, before any more of it did.
 */
export function bodyOf(response: IncomingMessage): Readable {
  const length = response.headers['content-length'] ?? '';
  const plain =
    response.headers['transfer-encoding'] === undefined &&
    /^\d{1,15}$/.test(length) &&
    Number(length) >= large;
  if (
    !plain ||
    response.complete ||
    response.destroyed ||
    response.statusCode === 204 ||
    response.statusCode === 304
  )
    return response;
  const { socket } = response;
  const first: unknown = response.read();
  let left = Number(length) - (Buffer.isBuffer(first) ? first.byteLength : 0);
  const body = new Readable({
    highWaterMark: 256 * 1024,
    read: () => void socket.resume(),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  // The answer itself never ends now; that it is cut off when the socket closes is no news.
  response.on('error', () => undefined);
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    const part = chunk.byteLength > left ? chunk.subarray(0, left) : chunk;
    left -= part.byteLength;
    const more = body.push(part);
    if (left === 0) {
      body.push(null);
      socket.destroy();
    } else if (!more) socket.pause();
  });
  socket.on('close', () => {
    if (left > 0) body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  });
  if (Buffer.isBuffer(first)) body.push(first);
  return body;
}
