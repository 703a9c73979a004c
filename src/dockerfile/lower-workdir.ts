import path from 'node:path';
import type { WordInstruction } from './instructions.ts';
import { configDone, expandIn, shownText, stepDone } from './stage.ts';
import type { StageInstruction, StageScope } from './stage.ts';

/** Where relative paths begin: the stage's working directory, absolute and clean. */
export function workingDirectory({ state }: StageScope): string {
  return path.posix.resolve('/', state.config.workingDir);
}

/** WORKDIR: relative to the one before. The config holds it as it was written; `/` needs no layer. */
export function lowerWorkdir(scope: StageScope, step: StageInstruction<WordInstruction>): void {
  const { state } = scope;
  const written = expandIn(scope, step, step.instruction.value);
  // An absolute path stays as it was written, unclean too: so does BuildKit.
  const directory = path.posix.isAbsolute(written)
    ? written
    : path.posix.resolve('/', state.config.workingDir, written);
  state.config.workingDir = directory;
  if (directory === '/') {
    configDone(scope, `WORKDIR ${directory}`);
    return;
  }
  const { user } = state.config;
  const where = step.place(step.instruction.span);
  const vertex = {
    op: {
      kind: 'copy',
      link: false,
      actions: [
        {
          kind: 'directory',
          path: path.posix.resolve(directory),
          where,
          ...(user === '' ? {} : { owner: user }),
        },
      ],
    },
    inputs: [state.vertex],
    ...scope.next(step, shownText(scope, step.instruction.source)),
  } as const;
  stepDone(scope, vertex, `WORKDIR ${directory}`);
}
