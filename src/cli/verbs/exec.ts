import { ToolError } from '../../core/errors.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { FleetHost } from '../../deploy/fleet.ts';
import type { ExecRequest } from '../../deploy/look/exec.ts';
import { deployCallOf, deployFlags, environmentArg } from '../deploy-flags.ts';
import type { Out } from '../out.ts';
import { isTerminal } from '../terminal.ts';
import { defineVerb, type Parsed } from '../verb.ts';

export const exec = defineVerb({
  name: 'exec',
  summary: 'Run a command in the container that serves',
  description: `Runs a command in the service's container, on the first host or on those that are named. On one host it gets this terminal, or what is piped in, and its exit code is ours. On several hosts it gets no input, each line has the name of its host in front, and the exit code is the highest.

Images of Coracle hold the program and little else, often no shell. What is in one says coracle explain.`,
  args: [environmentArg],
  rest: 'COMMAND...',
  flags: [
    { name: 'all', short: 'a', type: 'boolean', help: 'On all hosts.' },
    {
      name: 'release',
      type: 'string',
      value: 'RELEASE',
      help: 'In the container of this release: its name, or how it begins or ends.',
    },
    { name: 'accessory', type: 'string', value: 'NAME', help: 'In this accessory.' },
    { name: 'user', short: 'u', type: 'string', value: 'USER', help: 'As this user: name or number.' },
    {
      name: 'tty',
      short: 't',
      type: 'boolean',
      on: true,
      help: 'No terminal there, though there is one here.',
    },
    ...deployFlags,
  ],
  examples: [
    { command: 'coracle exec production -- /app/api migrate --dry-run', what: 'A command of the program.' },
    {
      command: 'coracle exec production --accessory redis -- redis-cli',
      what: 'A client, on this terminal.',
    },
    { command: 'coracle exec production --all -- cat /etc/os-release', what: 'On every host.' },
  ],
  async run(ctx, input, out) {
    const request = requestOf(input);
    const { settings, options } = await deployCallOf(ctx, input);
    const all = (input.flag('all') ?? false) || options.hosts !== undefined;
    const [first] = settings.hosts;
    const hosts = all || !first ? options : { ...options, hosts: [first.name] };
    const { openToLook } = await import('../../deploy/look/open.ts');
    const fleet = await openToLook(ctx, settings, hosts, 'all');
    try {
      const [one] = fleet.hosts;
      if (fleet.hosts.length > 1 || !one) return await onSeveral(ctx, fleet.hosts, request, out);
      const tty = input.flag('tty') !== false && (await isTerminal(0)) && (await isTerminal(1));
      const { execAttached } = await import('../../deploy/look/exec.ts');
      // Progress comes to rest.
      await out.remark('');
      const code = await execAttached(ctx, one, request, tty);
      await hintAt([code], request, out);
      return code;
    } finally {
      await fleet.close();
    }
  },
});

function requestOf(input: Parsed<never, 'release' | 'accessory' | 'user'>): ExecRequest {
  if (input.rest.length === 0) {
    throw new ToolError('USAGE', 'coracle exec needs a command behind --', {
      hint: 'For example coracle exec production -- /app/api version.',
    });
  }
  const release = input.value('release');
  const accessory = input.value('accessory');
  const user = input.value('user');
  if (release !== undefined && accessory !== undefined)
    throw new ToolError('USAGE', '--release and --accessory do not go together');
  return {
    argv: input.rest,
    ...(release === undefined ? {} : { release }),
    ...(accessory === undefined ? {} : { accessory }),
    ...(user === undefined ? {} : { user }),
  };
}

async function onSeveral(
  ctx: Ctx,
  hosts: readonly FleetHost[],
  request: ExecRequest,
  out: Out,
): Promise<number> {
  const [{ execAlone }, { prefixed }] = await Promise.all([
    import('../../deploy/look/exec.ts'),
    import('../../render/deploy/prefixed.ts'),
  ]);
  let writing = Promise.resolve();
  const put = (stream: 'stdout' | 'stderr', text: string): void => {
    writing = writing.then(async () => {
      await (stream === 'stdout' ? out.stream(text) : out.remark(text));
    });
  };
  const names = hosts.map(({ host }) => host.name);
  const results = await Promise.all(
    hosts.map(async (host) => {
      const lines = prefixed(host.host.name, names, out.style);
      const result = await execAlone(ctx, host, request, (stream, text) => {
        const whole = lines.push(stream, text);
        if (whole !== '') put(stream, whole);
      });
      for (const stream of ['stdout', 'stderr'] as const) {
        const rest = lines.rest(stream);
        if (rest !== '') put(stream, rest);
      }
      return result;
    }),
  );
  await writing;
  const codes = results.map(({ code }) => code);
  await hintAt(codes, request, out);
  return Math.max(...codes);
}

/** 126 and 127 are the runtime's: the command cannot be run, or is not there. */
async function hintAt(codes: readonly number[], { argv }: ExecRequest, out: Out): Promise<void> {
  if (!codes.some((code) => code === 126 || code === 127)) return;
  const shell = /(?:^|\/)(?:ba|a|da|z|k)?sh$/.test(argv[0] ?? '');
  const what = shell ? 'The image has no such shell' : 'The image may not have this command';
  await out.remark(
    `${out.style.cyan('hint:')} ${what}: it holds the program and what that needs. coracle explain lists what is in it.`,
  );
}
