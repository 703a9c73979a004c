import { healthcheckOf } from './config-health.ts';
import { exposedPorts } from './config-ports.ts';
import { checkSignal } from './config-signal.ts';
import { expandWords } from './expand.ts';
import { listed, quotedHealthcheck, quotedList } from './history.ts';
import type {
  ArgInstruction,
  CommandForm,
  CommandInstruction,
  EnvInstruction,
  ExposeInstruction,
  HealthcheckInstruction,
  Instruction,
  VolumeInstruction,
  WordInstruction,
} from './instructions.ts';
import { configDone, expandIn, invalid, placed } from './stage.ts';
import type { StageInstruction, StageScope } from './stage.ts';

/** Of an instruction with a type of its own. */
type Step<I extends Instruction> = StageInstruction<I>;

/** ENV and LABEL. All words of a line see the variables as they were before the line. */
export function lowerPairs(scope: StageScope, step: Step<EnvInstruction>): void {
  const { kind, pairs } = step.instruction;
  const { state } = scope;
  const expanded = pairs.map(({ name, value }) => {
    const words = [expandIn(scope, step, name), expandIn(scope, step, value)] as const;
    if (words[0] === '')
      throw invalid(`${kind.toUpperCase()} needs a name`, undefined, step.place(name.span));
    return words;
  });
  for (const [name, value] of expanded) {
    if (kind === 'label') state.config.labels.set(name, value);
    else {
      state.config.env.set(name, value);
      state.env.set(name, value);
    }
  }
  const shown = expanded.map(([name, value]) => `${name}=${value}`);
  configDone(scope, [kind.toUpperCase(), ...shown].join(' '));
}

/** Arguments of the frontend itself, which RUN steps do not see. */
const notInEnvironment = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);

/** ARG inside a stage: the build argument, else its own default, else what the global scope says. */
export function lowerArg(scope: StageScope, step: Step<ArgInstruction>): void {
  const { state, globals, options } = scope;
  const shown = step.instruction.args.map(({ name, value: word }) => {
    const given = Object.hasOwn(options.buildArgs, name) ? options.buildArgs[name] : undefined;
    const value = given ?? (word ? expandIn(scope, step, word) : globals.get(name));
    state.args.set(name, value ?? '');
    if (value === undefined) return name;
    if (!notInEnvironment.has(name)) state.env.set(name, value);
    return `${name}=${value}`;
  });
  configDone(scope, `ARG ${shown.join(' ')}`);
}

/** EXPOSE: its words are split again after expansion, so that a variable may hold several ports. */
export function lowerExpose(scope: StageScope, step: Step<ExposeInstruction>): void {
  const { escape, state } = scope;
  const words = step.instruction.ports.toSorted((a, b) => byBytes(a.text, b.text));
  const ports = words.flatMap((word) =>
    placed(step.place(word.span), () => expandWords(word.text, state.env, { escape }).flatMap(exposedPorts)),
  );
  for (const port of ports) state.config.ports.add(port);
  configDone(scope, `EXPOSE ${listed(ports)}`);
}

export function lowerVolume(scope: StageScope, step: Step<VolumeInstruction>): void {
  const volumes = step.instruction.volumes.map((word) => {
    const volume = expandIn(scope, step, word);
    if (volume === '')
      throw invalid('a volume needs a path', 'Name a directory of the image.', step.place(word.span));
    return volume;
  });
  for (const volume of volumes) scope.state.config.volumes.add(volume);
  configDone(scope, `VOLUME ${listed(volumes)}`);
}

/** USER and STOPSIGNAL. */
export function lowerWord(scope: StageScope, step: Step<WordInstruction>): void {
  const { kind, value: word } = step.instruction;
  const value = expandIn(scope, step, word);
  if (kind === 'user') scope.state.config.user = value;
  else {
    placed(step.place(word.span), () => checkSignal(value));
    scope.state.config.stopSignal = value;
  }
  configDone(scope, `${kind.toUpperCase()} ${value}`);
}

/** CMD and ENTRYPOINT. An ENTRYPOINT takes away the CMD that came from the base. */
export function lowerCommand(scope: StageScope, step: Step<CommandInstruction>): void {
  const { kind, command } = step.instruction;
  const { config } = scope.state;
  const argv = argvOf(scope, command);
  if (kind === 'cmd') {
    config.cmd = argv;
    // BuildKit says so of every CMD, and Docker's Windows relies on it.
    config.argsEscaped = true;
    scope.cmdSet = true;
  } else {
    config.entrypoint = argv;
    if (!scope.cmdSet) config.cmd = [];
  }
  configDone(scope, `${kind.toUpperCase()} ${quotedList(argv)}`);
}

/** The argument list of a command: of a script, the stage's SHELL with the script as its last argument. */
export function argvOf(scope: StageScope, command: CommandForm): readonly string[] {
  return command.form === 'exec' ? command.argv : [...shellOf(scope), command.script];
}

export function shellOf({ state }: StageScope): readonly string[] {
  if (state.config.shell.length > 0) return state.config.shell;
  return state.imagePlatform.os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c'];
}

export function lowerHealthcheck(scope: StageScope, step: Step<HealthcheckInstruction>): void {
  const health = healthcheckOf(step);
  scope.state.config.healthcheck = health;
  configDone(scope, `HEALTHCHECK ${quotedHealthcheck(health)}`);
}

/** The order of Go's strings: bytes of UTF-8. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
