import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { BuildRequest } from '../types.ts';

/** Build contexts that are no directories: standard input, a URL, a Git repository. */
const remote = /^(-$|https?:\/\/|git:\/\/|ssh:\/\/|git@)/;

/**
 * Is a Dockerfile to be built, or a Go program? Flags of the other kind are an error: nothing that was asked for is ignored.
 * @throws ToolError USAGE
 */
export async function isDockerfileBuild(ctx: Ctx, request: BuildRequest): Promise<boolean> {
  const { goOnly, dockerfileOnly } = request.given;
  const dockerfile = await decide(ctx, request);
  const wrong = dockerfile ? goOnly : dockerfileOnly;
  if (wrong.length === 0) return dockerfile;
  const flags = wrong.map((name) => `--${name}`).join(', ');
  throw dockerfile
    ? new ToolError(
        'USAGE',
        `${flags} ${wrong.length === 1 ? 'is' : 'are'} for Go builds, and this builds a Dockerfile`,
        {
          hint: 'Add --frontend go to build the Go program, or say it in the Dockerfile.',
        },
      )
    : new ToolError(
        'USAGE',
        `${flags} ${wrong.length === 1 ? 'is' : 'are'} for Dockerfiles, and this builds a Go program`,
        {
          hint: 'Name the Dockerfile with --file, or leave the flags out.',
        },
      );
}

async function decide(ctx: Ctx, { frontend, dockerfile, what }: BuildRequest): Promise<boolean> {
  if (frontend !== 'auto') return frontend === 'dockerfile';
  if (dockerfile.file !== undefined || remote.test(what)) return true;
  const found = await fs.stat(path.resolve(ctx.cwd, what)).catch(() => undefined);
  if (!found) return false;
  // A tar as context. A Go program is never one file here, and the Go way says so best.
  if (found.isFile()) return !what.endsWith('.go');
  return (await fs.stat(path.resolve(ctx.cwd, what, 'Dockerfile')).catch(() => undefined)) !== undefined;
}
