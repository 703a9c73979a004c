import path from 'node:path';
import type { Ctx, Env } from '../core/ctx.ts';
import type { Event } from '../core/event.ts';
import { gitlabSection } from '../render/ship/gitlab.ts';
import { errorStream } from './streams.ts';

/** In GitLab's job log each stage is a part that can be folded. */
export function ciCtx(ctx: Ctx): Ctx {
  if (!ctx.env['GITLAB_CI']) return ctx;
  const sections = (event: Event): void => {
    const name = event.kind === 'step' ? /^ship (.+)$/.exec(event.id)?.[1] : undefined;
    if (event.kind !== 'step' || name === undefined || event.state === 'cached') return ctx.emit(event);
    if (event.state === 'started') errorStream(gitlabSection('start', name, event.at / 1000));
    ctx.emit(event);
    if (event.state !== 'started') errorStream(gitlabSection('end', name, event.at / 1000));
  };
  return { ...ctx, emit: sections };
}

/** A file's path from the root of the repository that CI has checked out; undefined for one that is not below it. */
export function inRepository(env: Env, cwd: string): (file: string) => string | undefined {
  const root = env['GITHUB_WORKSPACE'] ?? env['CI_PROJECT_DIR'] ?? cwd;
  return (file) => {
    const relative = path.relative(root, path.resolve(cwd, file));
    return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? undefined : relative;
  };
}
