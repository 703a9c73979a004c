import { createWriteStream, promises as fs } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import { onPath } from '../../core/on-path.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Bytes } from '../../oci/image.ts';
import { dockerTar } from '../../archive/docker.ts';
import { archiveItems } from './archives.ts';
import type { Exporter } from './exporter.ts';

/** An engine's API as its clients find it: a Unix socket, or an address. */
interface Endpoint {
  readonly name: string;
  readonly url: string;
  readonly socketPath?: string;
}

/**
 * Loads the images into the Docker or Podman that runs: DOCKER_HOST or CONTAINER_HOST when set, else the usual sockets; else the
 * podman command, which needs no service. API: Docker Engine, POST /images/load.
 * @throws ToolError ENGINE_UNREACHABLE
 */
export const exportLoad: Exporter = async (results, _output, { ctx, store }) => {
  const archive = (): Bytes => dockerTar(archiveItems(results, store));
  for (const endpoint of endpoints(ctx)) {
    if (!(await answers(ctx, endpoint))) continue;
    await post(ctx, endpoint, archive());
    return;
  }
  if (await loadedByPodman(ctx, archive)) return;
  throw new ToolError(
    'ENGINE_UNREACHABLE',
    'no Docker or Podman answers on its socket, and there is no podman command',
    {
      hint: 'Start one (systemctl start docker), set DOCKER_HOST, or write an archive: --output type=docker,dest=image.tar',
    },
  );
};

function endpoints({ env }: Ctx): Endpoint[] {
  const named = env['DOCKER_HOST'] ?? env['CONTAINER_HOST'];
  if (named !== undefined && named !== '') return [endpointOf(named)];
  const run = env['XDG_RUNTIME_DIR'];
  return [
    '/var/run/docker.sock',
    ...(run === undefined ? [] : [`${run}/docker.sock`]),
    ...(run === undefined ? [] : [`${run}/podman/podman.sock`]),
    '/run/podman/podman.sock',
  ].map((socket) => endpointOf(`unix://${socket}`));
}

function endpointOf(address: string): Endpoint {
  if (address.startsWith('unix://')) {
    return { name: address, url: 'http://localhost', socketPath: address.slice('unix://'.length) };
  }
  if (/^(tcp|http):\/\//.test(address)) return { name: address, url: address.replace(/^tcp:/, 'http:') };
  throw new ToolError('UNSUPPORTED', `DOCKER_HOST=${address} is not an address that --load can use`, {
    hint: 'Use unix:///path/to/docker.sock or tcp://HOST:PORT, or write an archive: --output type=docker,dest=image.tar',
  });
}

async function answers(ctx: Ctx, { url, socketPath }: Endpoint): Promise<boolean> {
  if (socketPath !== undefined && !(await fs.stat(socketPath).catch(() => undefined))) return false;
  try {
    const response = await ctx.fetch({
      url: `${url}/_ping`,
      idleTimeout: 5000,
      ...(socketPath === undefined ? {} : { socketPath }),
    });
    response.body.resume();
    return response.status === 200;
  } catch (error) {
    if (isToolError(error)) return false;
    throw error;
  }
}

async function post(ctx: Ctx, { name, url, socketPath }: Endpoint, archive: Bytes): Promise<void> {
  const response = await ctx.fetch({
    url: `${url}/images/load?quiet=1`,
    method: 'POST',
    headers: { 'content-type': 'application/x-tar' },
    body: Readable.from(archive, { objectMode: false }),
    idleTimeout: 600_000,
    ...(socketPath === undefined ? {} : { socketPath }),
  });
  let answer = '';
  for await (const chunk of response.body) if (answer.length < 65_536) answer += String(chunk);
  // The engine says 200 before it has read the archive; a failure stands in the stream then.
  const failure = /"(?:error|message)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(answer)?.[1];
  if (response.status !== 200 || failure !== undefined) {
    throw new ToolError('COMMAND_FAILED', `the engine at ${name} refused the image (${response.status})`, {
      detail: failure ?? answer.trim(),
    });
  }
}

async function loadedByPodman(ctx: Ctx, archive: () => Bytes): Promise<boolean> {
  // An empty element of PATH means the current directory, which is the source's: nothing there is run.
  const search = (ctx.env['PATH'] ?? '').split(path.delimiter).filter((directory) => directory !== '');
  const podman = await onPath('podman', search.join(path.delimiter));
  if (podman === undefined) return false;
  await withTempDir(ctx, async (directory) => {
    const file = path.join(directory, 'image.tar');
    await pipeline(Readable.from(archive(), { objectMode: false }), createWriteStream(file));
    const exit = await ctx.exec({ argv: [podman, 'load', '--quiet', '--input', file], env: ctx.env });
    if (exit.code !== 0) {
      throw new ToolError('COMMAND_FAILED', `podman load ended with exit code ${exit.code}`, {
        detail: exit.stderr.trim(),
      });
    }
  });
  return true;
}
