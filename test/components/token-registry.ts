/**
 * A registry of the tests' own: it keeps its word (distribution specification 1.1) until a test tells it not to. Tokens come from a server
 * of another origin, as in real life. In memory, in this process, on loopback.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { digestOf } from '../../src/oci/digest.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { parseJson } from '../support/json.ts';

/** One request as it came, with the bytes of its body that arrived. */
export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Which of the servers it came to. */
  readonly server: 'registry' | 'tokens' | 'elsewhere';
  received: number;
}

/** What goes wrong, in place of the right answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** No answer at all. */
  | { readonly silence: true }
  /** The connection is cut after `after` bytes of the request's body were kept (0: at once). */
  | { readonly cutRequest: number }
  /** The answer's body is cut after so many bytes, though Content-Length promised more. */
  | { readonly cutBody: number }
  /** The answer's body is this, whatever was asked. */
  | { readonly replaceBody: Uint8Array; readonly withoutLength?: boolean }
  /** These headers are added to the right answer, or taken away (undefined). */
  | { readonly changeHeaders: Readonly<Record<string, string | undefined>> }
  /** The body never ends. */
  | { readonly endless: true };

export interface TokenRegistryOptions {
  /** Default none. */
  readonly auth?: 'none' | 'basic' | 'bearer';
  readonly account?: { readonly username: string; readonly password: string };
  /** An identity token that is taken in place of a password. */
  readonly identity?: string;
  /** Anybody may pull. Default false. */
  readonly anonymousPull?: boolean;
  /** `expires_in` of tokens, in seconds. */
  readonly lifetime?: number;
  /** Blobs are handed out by a redirect to the third server. */
  readonly blobsElsewhere?: boolean;
  /** Uploads are taken in by the third server. */
  readonly uploadsElsewhere?: boolean;
  /** OCI-Chunk-Min-Length. */
  readonly smallestChunk?: number;
  /** Bodies of PUT and PATCH above this many bytes are answered with 413. */
  readonly largestBody?: number;
  /** Tags on one page. */
  readonly pageSize?: number;
  /** False: the referrers API is not known. */
  readonly referrers?: boolean;
  /** False: Range is ignored. */
  readonly ranges?: boolean;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface TokenRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly tokenHost: string;
  readonly elsewhere: string;
  readonly seen: Seen[];
  /** Decides for each request whether something goes wrong. */
  fault: (request: Seen) => Fault | undefined;
  readonly blobs: Map<string, Buffer>;
  /** `repository digest-or-tag` to the manifest. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Buffer }>;
  /** Tokens that were given out. */
  readonly tokens: Map<string, { readonly scopes: readonly string[]; revoked: boolean }>;
  readonly uploads: Map<string, Buffer>;
  putBlob(repository: string, bytes: Uint8Array): Digest;
  putManifest(repository: string, tag: string, mediaType: string, bytes: Uint8Array): Digest;
  stop(): Promise<void>;
}

/** Gives the first fault of the list to the first request that matches, the second to the second, and so on. */
export function inTurn(
  matches: (request: Seen) => boolean,
  ...faults: readonly (Fault | undefined)[]
): (request: Seen) => Fault | undefined {
  let turn = 0;
  return (request) => (matches(request) ? faults[turn++] : undefined);
}

export async function startTokenRegistry(options: TokenRegistryOptions = {}): Promise<TokenRegistry> {
  const account = options.account ?? { username: 'gopher', password: 'right password' };
  const { tls } = options;
  const servers: Server[] = [];
  const listen = async (
    handler: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> => {
    const server = tls ? createTlsServer({ cert: tls.cert, key: tls.key }, handler) : createServer(handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  };
  const scheme = tls ? 'https' : 'http';
  const seen: Seen[] = [];
  const guarded =
    (server: Seen['server'], handle: (request: Exchange) => void) =>
    (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      const request: Seen = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        server,
        received: 0,
      };
      seen.push(request);
      void serve(state, request, incoming, outgoing, handle);
    };
  const state: TokenRegistry & { options: TokenRegistryOptions; scheme: string; account: typeof account } = {
    ...{ host: '', tokenHost: '', elsewhere: '', seen, options, scheme, account },
    ...{ blobs: new Map(), manifests: new Map(), tokens: new Map(), uploads: new Map() },
    fault: () => undefined,
    putBlob(repository, bytes) {
      const digest = digestOf(bytes);
      state.blobs.set(`${repository} ${digest}`, Buffer.from(bytes));
      return digest;
    },
    putManifest(repository, tag, mediaType, bytes) {
      const digest = digestOf(bytes);
      for (const name of [tag, digest])
        state.manifests.set(`${repository} ${name}`, { mediaType, bytes: Buffer.from(bytes) });
      return digest;
    },
    async stop() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map(async (server) => new Promise((resolve) => server.close(resolve))));
    },
  };
  const tokenHost = await listen(guarded('tokens', (exchange) => giveToken(state, exchange)));
  const elsewhere = await listen(guarded('elsewhere', (exchange) => beElsewhere(state, exchange)));
  const host = await listen(guarded('registry', (exchange) => beRegistry(state, exchange)));
  return Object.assign(state, { host, tokenHost, elsewhere });
}

type State = TokenRegistry & {
  options: TokenRegistryOptions;
  scheme: string;
  account: { username: string; password: string };
};

interface Exchange {
  readonly request: Seen;
  readonly url: URL;
  readonly body: Buffer;
  answer(status: number, headers?: Readonly<Record<string, string>>, body?: Uint8Array | string): void;
}

async function serve(
  state: State,
  request: Seen,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: (exchange: Exchange) => void,
): Promise<void> {
  const fault = state.fault(request);
  if (fault && 'silence' in fault) return;
  if (fault && 'status' in fault) {
    // Answered without reading the body, as a proxy does that has seen enough.
    outgoing.writeHead(fault.status, { connection: 'close', ...fault.headers }).end(fault.body ?? '');
    return;
  }
  const { socket } = incoming;
  const chunks: Buffer[] = [];
  const limit = fault && 'cutRequest' in fault ? fault.cutRequest : Infinity;
  const answer = (
    status: number,
    headers: Readonly<Record<string, string>> = {},
    body: Uint8Array | string = '',
  ): void => respond(outgoing, fault, request, status, headers, Buffer.from(body));
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      request.received += chunk.byteLength;
      chunks.push(chunk);
      if (request.received >= limit) break;
    }
  } catch {
    keepPart(state, request, Buffer.concat(chunks)); // the client went away
    return;
  }
  if (limit !== Infinity) {
    keepPart(state, request, Buffer.concat(chunks).subarray(0, limit));
    socket.destroy();
    return;
  }
  const body = Buffer.concat(chunks);
  if (body.byteLength > (state.options.largestBody ?? Infinity) && request.method !== 'POST')
    return answer(413, {}, 'too large');
  handle({
    request,
    url: new URL(request.path, `${state.scheme}://${incoming.headers.host ?? 'x'}`),
    body,
    answer,
  });
}

/** An upload that breaks keeps what it has, as a registry's does. */
function keepPart(state: State, request: Seen, part: Buffer): void {
  const id = /\/uploads\/([^/?]+)/.exec(request.path)?.[1];
  const held = id === undefined ? undefined : state.uploads.get(id);
  if (id !== undefined && held && (request.method === 'PATCH' || request.method === 'PUT'))
    state.uploads.set(id, Buffer.concat([held, part]));
}

function respond(
  outgoing: ServerResponse,
  fault: Fault | undefined,
  request: Seen,
  status: number,
  headers: Readonly<Record<string, string>>,
  right: Buffer,
): void {
  const body = fault && 'replaceBody' in fault ? Buffer.from(fault.replaceBody) : right;
  const all: Record<string, string | undefined> = { 'content-length': String(body.byteLength), ...headers };
  if (fault && 'replaceBody' in fault)
    all['content-length'] = fault.withoutLength ? undefined : String(body.byteLength);
  if (fault && 'changeHeaders' in fault) Object.assign(all, fault.changeHeaders);
  if (fault && 'endless' in fault) delete all['content-length'];
  outgoing.writeHead(
    status,
    Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  );
  if (request.method === 'HEAD') outgoing.end();
  else if (fault && 'cutBody' in fault)
    outgoing.write(body.subarray(0, fault.cutBody), () => outgoing.destroy());
  else if (fault && 'endless' in fault) {
    const more = (): void => {
      while (!outgoing.destroyed && outgoing.write(Buffer.alloc(65_536)));
      if (!outgoing.destroyed) outgoing.once('drain', more);
    };
    outgoing.write(body);
    more();
  } else outgoing.end(body);
}

function giveToken(state: State, { request, url, body, answer }: Exchange): void {
  const { options, account } = state;
  const form = new URLSearchParams(body.toString());
  const asked =
    request.method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
  const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
  const known =
    request.headers.authorization === basic ||
    (request.method === 'POST' &&
      options.identity !== undefined &&
      form.get('refresh_token') === options.identity);
  const wrong = (request.headers.authorization !== undefined || request.method === 'POST') && !known;
  if (wrong)
    return answer(
      401,
      {},
      JSON.stringify({
        errors: [{ code: 'UNAUTHORIZED', message: `not you: ${request.headers.authorization ?? ''}` }],
      }),
    );
  const granted = asked.map((scope) =>
    known ? scope : scope.replace(/:[^:]*$/, options.anonymousPull ? ':pull' : ':'),
  );
  const token = randomBytes(12).toString('hex');
  state.tokens.set(token, { scopes: granted, revoked: false });
  answer(
    200,
    { 'content-type': 'application/json' },
    JSON.stringify({ token, expires_in: options.lifetime ?? 300, issued_at: new Date().toISOString() }),
  );
}

/** What a request needs: `repository:NAME:ACTION`, and for a mount to read the other repository. */
function isAllowed(state: State, { request, url }: Exchange, repository: string): boolean {
  const { options, account } = state;
  if ((options.auth ?? 'none') === 'none') return true;
  const sent = request.headers.authorization;
  if (options.auth === 'basic')
    return sent === `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
  const token = state.tokens.get(/^Bearer (.*)$/.exec(sent ?? '')?.[1] ?? '');
  if (!token || token.revoked) return false;
  if (url.pathname === '/v2/') return true;
  const action =
    request.method === 'GET' || request.method === 'HEAD'
      ? 'pull'
      : request.method === 'DELETE' && url.pathname.includes('/manifests/')
        ? 'delete'
        : 'push';
  return token.scopes.some((scope) => {
    const colon = scope.lastIndexOf(':');
    return (
      scope.slice(0, colon) === `repository:${repository}` &&
      scope
        .slice(colon + 1)
        .split(',')
        .includes(action)
    );
  });
}

function beRegistry(state: State, exchange: Exchange): void {
  const { request, url, answer } = exchange;
  const [, repository = '', kind, name = ''] =
    /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/([^/]*)$/.exec(url.pathname) ?? [];
  if (!isAllowed(state, exchange, repository)) {
    const challenge =
      state.options.auth === 'basic'
        ? 'Basic realm="test"'
        : `Bearer realm="${state.scheme}://${state.tokenHost}/token",service="test, \\"quoted\\"",scope="repository:${repository}:${request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'pull,push'}"`;
    return answer(
      401,
      { 'www-authenticate': challenge },
      JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] }),
    );
  }
  if (url.pathname === '/v2/') return answer(200, {}, '{}');
  if (kind === 'manifests') return manifests(state, exchange, repository, name);
  if (kind === 'blobs') return blobs(state, exchange, repository, name);
  if (kind === 'blobs/uploads') return uploads(state, exchange, repository, name);
  if (kind === 'tags') return tags(state, exchange, repository);
  if (kind === 'referrers' && (state.options.referrers ?? true))
    return referrers(state, exchange, repository, name);
  answer(404);
}

function manifests(
  state: State,
  { request, body, answer }: Exchange,
  repository: string,
  name: string,
): void {
  if (request.method === 'PUT') {
    const digest = state.putManifest(repository, name, request.headers['content-type'] ?? '', body);
    const { subject } = parseJson<{ subject?: { digest: string } }>(body.toString());
    const keeps = subject && (state.options.referrers ?? true) ? { 'oci-subject': subject.digest } : {};
    return answer(201, {
      'docker-content-digest': digest,
      location: `/v2/${repository}/manifests/${digest}`,
      ...keeps,
    });
  }
  const found = state.manifests.get(`${repository} ${name}`);
  if (!found)
    return answer(
      404,
      {},
      JSON.stringify({
        errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: { name } }],
      }),
    );
  if (request.method === 'DELETE') {
    state.manifests.delete(`${repository} ${name}`);
    return answer(202);
  }
  answer(
    200,
    { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.bytes) },
    found.bytes,
  );
}

function blobs(state: State, exchange: Exchange, repository: string, digest: string): void {
  const { request, answer } = exchange;
  const found = state.blobs.get(`${repository} ${digest}`);
  if (!found)
    return answer(404, {}, JSON.stringify({ errors: [{ code: 'BLOB_UNKNOWN', message: 'blob unknown' }] }));
  if (state.options.blobsElsewhere && request.method === 'GET') {
    return answer(307, {
      location: `${state.scheme}://${state.elsewhere}/signed/${repository}/${digest}?signature=geheim`,
    });
  }
  sendBlob(state, exchange, found);
}

function sendBlob(state: State, { request, answer }: Exchange, bytes: Buffer): void {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  if (!range || !(state.options.ranges ?? true))
    return answer(200, { 'content-type': 'application/octet-stream' }, bytes);
  const from = Number(range[1]);
  answer(
    206,
    { 'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` },
    bytes.subarray(from),
  );
}

function uploads(state: State, exchange: Exchange, repository: string, id: string): void {
  const { request, url, body, answer } = exchange;
  if (request.method === 'POST') {
    const mount = url.searchParams.get('mount');
    const from = url.searchParams.get('from');
    const there = mount !== null && from !== null ? state.blobs.get(`${from} ${mount}`) : undefined;
    if (there && mount !== null && mayRead(state, request, from ?? '')) {
      state.blobs.set(`${repository} ${mount}`, there);
      return answer(201, { location: `/v2/${repository}/blobs/${mount}`, 'docker-content-digest': mount });
    }
    const fresh = randomBytes(8).toString('hex');
    state.uploads.set(fresh, Buffer.alloc(0));
    const root = state.options.uploadsElsewhere ? `${state.scheme}://${state.elsewhere}` : '';
    const least =
      state.options.smallestChunk === undefined
        ? {}
        : { 'oci-chunk-min-length': String(state.options.smallestChunk) };
    return answer(202, {
      location: `${root}/v2/${repository}/blobs/uploads/${fresh}?state=a%2Fb`,
      range: '0-0',
      ...least,
    });
  }
  upload(state, exchange, repository, id, body);
}

function mayRead(state: State, request: Seen, repository: string): boolean {
  if ((state.options.auth ?? 'none') !== 'bearer') return true;
  const token = state.tokens.get((request.headers.authorization ?? '').slice('Bearer '.length));
  return (
    token?.scopes.some((scope) => scope.startsWith(`repository:${repository}:`) && scope.includes('pull')) ??
    false
  );
}

function upload(
  state: State,
  { request, url, answer }: Exchange,
  repository: string,
  id: string,
  body: Buffer,
): void {
  const held = state.uploads.get(id);
  const unknown = JSON.stringify({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'upload unknown' }] });
  if (!held || url.searchParams.get('state') !== 'a/b') return answer(404, {}, unknown);
  const here = (bytes: Buffer) => ({
    location: url.pathname + url.search,
    range: `0-${Math.max(0, bytes.byteLength - 1)}`,
  });
  if (request.method === 'GET') return answer(204, here(held));
  if (request.method === 'DELETE') {
    state.uploads.delete(id);
    return answer(204);
  }
  const start = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '')?.[1];
  if (start !== undefined && Number(start) !== held.byteLength) return answer(416, here(held));
  const all = Buffer.concat([held, body]);
  if (request.method === 'PATCH') {
    state.uploads.set(id, all);
    return answer(202, here(all));
  }
  const digest = url.searchParams.get('digest') ?? '';
  state.uploads.delete(id);
  if (digestOf(all) !== digest)
    return answer(400, {}, JSON.stringify({ errors: [{ code: 'DIGEST_INVALID', message: 'other bytes' }] }));
  state.blobs.set(`${repository} ${digest}`, all);
  answer(201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
}

function tags(state: State, { url, answer }: Exchange, repository: string): void {
  const all = [...state.manifests.keys()]
    .filter((key) => key.startsWith(`${repository} `))
    .map((key) => key.slice(repository.length + 1))
    .filter((name) => !name.startsWith('sha256:'))
    .sort();
  const last = url.searchParams.get('last');
  const from = last === null ? 0 : all.indexOf(last) + 1;
  const page = all.slice(from, from + (state.options.pageSize ?? 1000));
  const more =
    from + page.length < all.length
      ? { link: `</v2/${repository}/tags/list?last=${page.at(-1) ?? ''}>; rel="next"` }
      : {};
  answer(
    200,
    { 'content-type': 'application/json', ...more },
    JSON.stringify({ name: repository, tags: page }),
  );
}

function referrers(state: State, { answer }: Exchange, repository: string, digest: string): void {
  const manifests = [...state.manifests].flatMap(([key, { mediaType, bytes }]) => {
    const { subject, config } = parseJson<{ subject?: { digest: string }; config?: { mediaType: string } }>(
      bytes.toString(),
    );
    if (!key.startsWith(`${repository} sha256:`) || subject?.digest !== digest) return [];
    return [{ mediaType, digest: digestOf(bytes), size: bytes.byteLength, artifactType: config?.mediaType }];
  });
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  answer(200, { 'content-type': index.mediaType }, JSON.stringify(index));
}

/** The third server: storage behind the registry, with addresses that are good without credentials. */
function beElsewhere(state: State, exchange: Exchange): void {
  const { url, answer } = exchange;
  const [, repository = '', digest = ''] = /^\/signed\/(.+)\/([^/]+)$/.exec(url.pathname) ?? [];
  const [, uploadTo, id] = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/.exec(url.pathname) ?? [];
  if (uploadTo !== undefined && id !== undefined) return upload(state, exchange, uploadTo, id, exchange.body);
  const found = state.blobs.get(`${repository} ${digest}`);
  if (found && url.searchParams.get('signature') === 'geheim') sendBlob(state, exchange, found);
  else answer(403);
}
