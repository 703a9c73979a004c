import {
  lowerArg,
  lowerCommand,
  lowerExpose,
  lowerHealthcheck,
  lowerPairs,
  lowerVolume,
  lowerWord,
} from './config-lower.ts';
import { listed } from './history.ts';
import { lowerCopy } from './lower-copy.ts';
import { lowerRun } from './lower-run.ts';
import { lowerWorkdir } from './lower-workdir.ts';
import { configDone } from './stage.ts';
import type { StageInstruction, StageScope } from './stage.ts';

/** Does one instruction to a stage. @throws ToolError DOCKERFILE_INVALID */
export function lowerInstruction(scope: StageScope, step: StageInstruction): void {
  const { instruction, place, triggered } = step;
  const { config } = scope.state;
  const rest = { place, triggered };
  switch (instruction.kind) {
    case 'run':
      return lowerRun(scope, { instruction, ...rest });
    case 'copy':
    case 'add':
      return lowerCopy(scope, { instruction, ...rest });
    case 'workdir':
      return lowerWorkdir(scope, { instruction, ...rest });
    case 'env':
    case 'label':
      return lowerPairs(scope, { instruction, ...rest });
    case 'arg':
      return lowerArg(scope, { instruction, ...rest });
    case 'expose':
      return lowerExpose(scope, { instruction, ...rest });
    case 'volume':
      return lowerVolume(scope, { instruction, ...rest });
    case 'user':
    case 'stopsignal':
      return lowerWord(scope, { instruction, ...rest });
    case 'cmd':
    case 'entrypoint':
      return lowerCommand(scope, { instruction, ...rest });
    case 'healthcheck':
      return lowerHealthcheck(scope, { instruction, ...rest });
    case 'shell':
      config.shell = instruction.argv;
      return configDone(scope, `SHELL ${listed(instruction.argv)}`);
    case 'maintainer':
      scope.state.author = instruction.value;
      return configDone(scope, `MAINTAINER ${instruction.value}`);
    case 'onbuild':
      // Leaves no history: it happens in another build.
      config.onBuild.push(instruction.trigger);
      return undefined;
    case 'from':
    default:
      return undefined; // begins a stage, and is in none
  }
}
