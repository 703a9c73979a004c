import { isToolError } from '../core/errors.ts';
import type { ExecMount, ExecOp, Vertex } from '../solve/graph.ts';
import { argvOf, shellOf } from './config-lower.ts';
import { expandWord } from './expand.ts';
import type { InlineFile, RunInstruction } from './instructions.ts';
import { lowerMounts } from './lower-mounts.ts';
import { workingDirectory } from './lower-workdir.ts';
import { proxyArgs } from './platform-args.ts';
import { scratch } from './stage-base.ts';
import { invalid, stepDone } from './stage.ts';
import type { StageInstruction, StageScope } from './stage.ts';
import { encodeText } from './parse-bytes.ts';

/** Where a script that names its interpreter is put while it runs. */
const scripts = '/dev/pipes';

/** What BuildKit calls the machine, unless the build argument BUILDKIT_SANDBOX_HOSTNAME says otherwise. */
const defaultHostname = 'buildkitsandbox';

/** RUN. @throws ToolError DOCKERFILE_INVALID */
export function lowerRun(scope: StageScope, step: StageInstruction<RunInstruction>): void {
  const { state, options } = scope;
  const { command, span, source } = step.instruction;
  const inputs: Vertex[] = [state.vertex];
  const input = (vertex: Vertex): number => {
    const known = inputs.indexOf(vertex);
    return known >= 0 ? known : inputs.push(vertex) - 1;
  };
  const script = command.form === 'shell' ? command.inline : undefined;
  const interpreted = script?.content.startsWith('#!') && state.imagePlatform.os !== 'windows';
  const argv =
    script && interpreted ? [...shellOf(scope), `${scripts}/${script.name}`] : argvOf(scope, command);
  const [first, ...rest] = argv;
  if (first === undefined)
    throw invalid('RUN has no command', 'Name one: RUN ["program", "argument"].', step.place(span));
  const { mounts, agent } = lowerMounts(scope, step, input);
  const env = new Map(state.env);
  if (agent !== undefined && !env.has('SSH_AUTH_SOCK')) env.set('SSH_AUTH_SOCK', agent);
  const { buildArgs, shmSize } = options;
  const op: ExecOp = {
    kind: 'exec',
    argv: [first, ...rest],
    env: Array.from(env, ([name, value]) => `${name}=${value}`),
    unkeyedEnv: proxyEnvironment(scope),
    cwd: workingDirectory(scope),
    user: state.config.user,
    mounts: script && interpreted ? [scriptMount(script, input), ...mounts] : mounts,
    network: networkOf(scope, step),
    privileged: privilegedOf(step),
    ...(shmSize === undefined ? {} : { shmSize }),
    ulimits: options.ulimits,
    addHosts: options.addHosts,
    hostname: buildArgs['BUILDKIT_SANDBOX_HOSTNAME'] || defaultHostname,
    platform: state.platform,
    where: step.place(span),
  };
  const shown = shownText(scope, source + (script ? ` (${summary(script.content)})` : ''), mounts);
  const vertex = { op, inputs, ...scope.next(step, shown), ...(scope.fresh ? { fresh: true } : {}) };
  stepDone(scope, vertex, `RUN ${[...argumentsOf(scope), ...argv].join(' ')} # buildkit`);
}

/** A tree with nothing in it but the script, for its interpreter to find. */
function scriptMount({ name, content }: InlineFile, input: (vertex: Vertex) => number): ExecMount {
  const bytes = encodeText(content);
  const action = { kind: 'inline', name, bytes, dest: `/${name}`, mode: '0755' } as const;
  const vertex: Vertex = { op: { kind: 'copy', actions: [action], link: false }, inputs: [scratch] };
  return { type: 'bind', target: scripts, input: input(vertex), source: '/', readOnly: true };
}

/** Proxies go to every step in both spellings, declared or not; build arguments count more than the machine's. */
function proxyEnvironment({ options: { proxy, buildArgs } }: StageScope): string[] {
  const values = new Map<string, string>();
  for (const [name, value] of [...Object.entries(proxy), ...Object.entries(buildArgs)]) {
    if (proxyArgs.has(name.toUpperCase())) values.set(name.toUpperCase(), value);
  }
  return [...proxyArgs].flatMap((name) => {
    const value = values.get(name) ?? '';
    return value === '' ? [] : [`${name}=${value}`, `${name.toLowerCase()}=${value}`];
  });
}

function networkOf(
  { options }: StageScope,
  { instruction, place }: StageInstruction<RunInstruction>,
): 'host' | 'none' {
  const said = instruction.network?.text ?? 'default';
  const network = said === 'default' ? options.network : said;
  if (network === 'none') return 'none';
  if (network === 'host' || network === 'default') return 'host';
  throw invalid(
    `${JSON.stringify(said)} is not a network of RUN`,
    'Give default, none or host.',
    place(instruction.network?.span ?? instruction.span),
  );
}

function privilegedOf({ instruction, place }: StageInstruction<RunInstruction>): boolean {
  const said = instruction.security?.text ?? 'sandbox';
  if (said === 'insecure' || said === 'sandbox') return said === 'insecure';
  throw invalid(
    `${JSON.stringify(said)} is not a security mode of RUN`,
    'Give sandbox or insecure.',
    place(instruction.security?.span ?? instruction.span),
  );
}

/** `|2 A=1 B=2`: the declared arguments and what they come to, as BuildKit's history has them before the command. */
function argumentsOf({ state }: StageScope): string[] {
  if (state.args.size === 0) return [];
  const shown = Array.from(state.args, ([name, value]) => `${name}=${state.env.get(name) ?? value}`);
  return [`|${shown.length}`, ...shown];
}

/** The instruction with its variables, except secrets, which show as stars. */
function shownText({ state, escape }: StageScope, source: string, mounts: readonly ExecMount[]): string {
  const variables = new Map(state.env);
  for (const mount of mounts)
    if (mount.type === 'secret' && mount.env !== undefined) variables.set(mount.env, '****');
  try {
    return expandWord(source, variables, { escape, mode: 'shown' });
  } catch (error) {
    if (!isToolError(error)) throw error;
    return source; // what is no word here may well be a shell's command
  }
}

/** The first line of a script. */
function summary(script: string): string {
  const [first = '', ...more] = script.trim().split(/\r?\n/);
  return more.length > 0 ? `${first}...` : first;
}
