import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { findProgram } from '../components/program.ts';

export const hasGit = findProgram('git') !== undefined;

const env = {
  PATH: process.env['PATH'],
  HOME: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_AUTHOR_DATE: '1600000000 +0000',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  GIT_COMMITTER_DATE: '1600000000 +0000',
};

export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
    .toString()
    .trim();
}

/** A repository with one commit of these files. @returns the commit's hash */
export function makeRepository(directory: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(directory, { recursive: true });
  git(directory, 'init', '--quiet');
  return commit(directory, files);
}

export function commit(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), text);
  }
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '--allow-empty', '-m', 'x');
  return git(directory, 'rev-parse', 'HEAD');
}

export interface GitServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Paths asked for, and the credentials that came along. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
}

/** The repositories below a directory over smart HTTP, by git's own http-backend, until the test ends. */
export async function serveGit(
  root: string,
  options: { readonly password?: string } = {},
): Promise<GitServer> {
  const requests: GitServer['requests'] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    const { authorization } = request.headers;
    requests.push({ path: url.pathname, authorization });
    const wanted =
      options.password === undefined
        ? undefined
        : `Basic ${Buffer.from(`user:${options.password}`).toString('base64')}`;
    if (wanted !== undefined && authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return;
    }
    const backend = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
      env: {
        ...env,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        ...(request.headers['git-protocol'] !== undefined && {
          GIT_PROTOCOL: String(request.headers['git-protocol']),
        }),
        ...(request.headers['content-encoding'] !== undefined && {
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        }),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.on('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': '));
      const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
      response.statusCode = status;
      for (const [name = '', value = ''] of headers)
        if (name !== 'Status' && name !== '') response.setHeader(name, value);
      response.end(answer.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { requests, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}
