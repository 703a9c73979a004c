/**
 * A registry of one image, read-only, on a port of loopback: the pulling half of the distribution specification. It gives what the image reaches and nothing
 * else of its source, under a name that nobody can guess, as other users of this machine, and of one that the port is forwarded to, reach the port too.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isToolError } from '../core/errors.ts';
import { isDigest } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { reachable } from './reachable.ts';
import type { Reachable } from './reachable.ts';

export interface ImageServer {
  /** `NAME@DIGEST`: what follows the host and port of a reference. */
  readonly name: string;
  /** Opens a port of its own for one client, so that it is known what was sent to whom. */
  listen(): Promise<ServedPort>;
  /** What of the source was missing or damaged when it was asked for. */
  problem(): unknown;
  /** Closes all ports, and what is being sent. */
  close(): Promise<void>;
}

export interface ServedPort {
  readonly port: number;
  /** Bytes of manifests and blobs so far. */
  sent(): number;
}

/** @throws ToolError when the image's own manifest cannot be read: NOT_FOUND, BLOB_CORRUPT, IMAGE_INVALID */
export async function serveImage(source: BlobSource, descriptor: Descriptor): Promise<ImageServer> {
  const known = await reachable(source, descriptor);
  const repository = `coracle-${randomBytes(12).toString('hex')}`;
  const servers = new Set<Server>();
  let problem: unknown;
  return {
    name: `${repository}@${descriptor.digest}`,
    problem: () => problem,
    async listen() {
      let bytes = 0;
      const listener = answerer(source, known, repository, {
        sent: (count) => (bytes += count),
        failed: (error) => (problem ??= error),
      });
      // Not by `import`, as in core/agents.ts.
      const server = process.getBuiltinModule('node:http').createServer(listener);
      servers.add(server);
      return { port: await listenOnLoopback(server), sent: () => bytes };
    },
    async close() {
      await Promise.all(
        [...servers].map(async (server) => {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeAllConnections();
          await closed;
        }),
      );
      servers.clear();
    },
  };
}

async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Told {
  sent(bytes: number): void;
  failed(error: unknown): void;
}

function answerer(source: BlobSource, known: Reachable, repository: string, told: Told): RequestListener {
  const prefix = `/v2/${repository}/`;
  return (request, response) => {
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'UNSUPPORTED', 'this registry is read-only');
    const path = request.url?.split('?', 1)[0] ?? '';
    if (path === '/v2/' || path === '/v2') return void response.end('{}');
    if (!path.startsWith(prefix)) return refuse(response, 404, 'NAME_UNKNOWN', 'no such repository');
    const [kind, digest, ...more] = path.slice(prefix.length).split('/');
    const found = find(known, kind, more.length === 0 ? digest : undefined);
    if (!found)
      return refuse(
        response,
        404,
        kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN',
        'not of this image',
      );
    return void send(source, found, request, response, told);
  };
}

function find(
  known: Reachable,
  kind: string | undefined,
  digest: string | undefined,
): Descriptor | undefined {
  if (digest === undefined || !isDigest(digest)) return undefined;
  if (kind === 'manifests') return known.manifests.get(digest);
  return kind === 'blobs' ? known.blobs.get(digest) : undefined;
}

async function send(
  source: BlobSource,
  descriptor: Descriptor,
  request: IncomingMessage,
  response: ServerResponse,
  told: Told,
): Promise<void> {
  response.setHeader('Content-Type', descriptor.mediaType);
  response.setHeader('Content-Length', descriptor.size);
  response.setHeader('Docker-Content-Digest', descriptor.digest);
  response.setHeader('ETag', `"${descriptor.digest}"`);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      told.sent(chunk.byteLength);
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(source.open(descriptor)), count, response);
  } catch (error) {
    // A client that goes away is none of our problems; the pipeline has closed the response, so nobody takes it for whole.
    if (isToolError(error)) told.failed(error);
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
