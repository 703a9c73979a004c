import { deployCallOf, deployFlags, environmentArg, type DeployCall } from '../deploy-flags.ts';
import { defineVerb, type Parsed } from '../verb.ts';
import { levels, type Level } from '../../deploy/look/logs/line.ts';
import type { LogsRequest, Whose } from '../../deploy/look/logs/select.ts';
import { ToolError } from '../../core/errors.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Out } from '../out.ts';

const flags = [
  { name: 'follow', short: 'f', type: 'boolean', help: 'Go on with new lines until Ctrl-C.' },
  {
    name: 'tail',
    short: 'n',
    type: 'string',
    value: 'LINES',
    default: '100, or all with --since',
    help: 'The last lines that fit, of all hosts together; `all` for all.',
  },
  {
    name: 'since',
    type: 'string',
    value: 'WHEN',
    help: 'Lines from then on: 10m, 2h, 3d, or a time such as 2026-11-22T00:45:00Z.',
  },
  {
    name: 'grep',
    type: 'string',
    value: 'PATTERN',
    help: 'Lines in which this regular expression (of JavaScript) is found.',
  },
  {
    name: 'level',
    type: 'string',
    value: 'LEVEL',
    choices: [...levels],
    help: 'Lines of this level and above. A line that says no level counts as info; a trace has the level of its panic.',
  },
  {
    name: 'release',
    type: 'string',
    value: 'RELEASE',
    help: 'Lines of this release: its name, or how it begins or ends.',
  },
  { name: 'raw', type: 'boolean', help: 'The lines as the program wrote them.' },
  { name: 'proxy', type: 'boolean', help: 'Lines of the proxies.', group: 'Others' },
  {
    name: 'accessory',
    type: 'string',
    value: 'NAME',
    help: 'Lines of this accessory.',
    group: 'Others',
  },
  {
    name: 'failed',
    type: 'string',
    value: 'RELEASE',
    help: 'What hosts kept of a release that failed on them.',
    group: 'Others',
  },
  ...deployFlags,
] as const;

type LogsInput = Parsed<
  'follow' | 'raw' | 'proxy',
  'tail' | 'since' | 'grep' | 'level' | 'release' | 'accessory' | 'failed' | 'config' | 'host' | 'ssh-config'
>;

export const logs = defineVerb({
  name: 'logs',
  summary: 'Show the logs of all hosts',
  description: `Shows what a service writes, on all hosts at once, merged by time. JSON lines (slog, zap, zerolog, logrus, pino) and logfmt are understood and shown as lines with a level, a message and fields. --json prints a JSON document for each line.

With --follow lines of a release that begins while you watch are shown too, and a host that was lost is connected to again. A host whose clock is more than a second off has its times corrected.`,
  args: [environmentArg],
  flags,
  examples: [
    { command: 'coracle logs production -f', what: 'What happens now, everywhere.' },
    { command: 'coracle logs production --since 1h --level warn', what: 'What went wrong in the last hour.' },
    {
      command: 'coracle logs production --failed 1a2b3c4',
      what: 'Why a release did not start, with its inspection.',
    },
  ],
  async run(ctx, input, out) {
    const call = await deployCallOf(ctx, input);
    const failed = input.value('failed');
    if (failed !== undefined) return showFailed(ctx, call, failed, out);
    const follow = input.flag('follow') ?? false;
    const { showLogs } = await import('../../deploy/look/logs/logs.ts');
    const sink = await sinkOf(call, input, out);
    try {
      const whole = await showLogs(
        ctx,
        call.settings,
        call.options,
        { ...requestOf(input, ctx.now().getTime()), follow },
        sink,
      );
      return whole ? 0 : 3;
    } catch (error) {
      // To interrupt is how following ends.
      if (follow && ctx.signal.aborted) return 130;
      throw error;
    }
  },
});

function requestOf(input: LogsInput, now: number): LogsRequest {
  const release = input.value('release');
  const grep = input.value('grep');
  const since = input.value('since');
  const level: Level | undefined = levels.find((each) => each === input.value('level'));
  return {
    whose: whoseOf(input),
    tail: tailOf(input.value('tail'), since !== undefined),
    ...(release === undefined ? {} : { release }),
    ...(since === undefined ? {} : { since: sinceOf(since, now) }),
    ...(level === undefined ? {} : { level }),
    ...(grep === undefined ? {} : { grep: patternOf(grep) }),
  };
}

function whoseOf(input: LogsInput): Whose {
  const name = input.value('accessory');
  if (name !== undefined && input.flag('proxy'))
    throw new ToolError('USAGE', '--proxy and --accessory do not go together');
  if (name !== undefined) return { of: 'accessory', name };
  return { of: input.flag('proxy') ? 'proxy' : 'releases' };
}

function tailOf(text: string | undefined, since: boolean): number | undefined {
  if (text === undefined) return since ? undefined : 100;
  if (text === 'all') return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new ToolError('USAGE', `--tail: ${JSON.stringify(text)} is no number of lines`, {
    hint: 'Write it as 200, or all.',
  });
}

const units: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };

/** Milliseconds since the epoch. */
function sinceOf(text: string, now: number): number {
  const ago = /^(\d{1,9}(?:\.\d{1,6})?)([smhd])$/.exec(text);
  const at = ago ? now - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0) : Date.parse(text);
  if (/\d{4}-\d\d-\d\d/.test(text) || ago) if (!Number.isNaN(at) && Math.abs(at) < 8e15) return at;
  throw new ToolError('USAGE', `--since: ${JSON.stringify(text)} is no time`, {
    hint: 'Write it as 10m, 2h, 3d, or as 2026-11-22T00:45:00Z.',
  });
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new ToolError('USAGE', `--grep: ${JSON.stringify(text)} is no regular expression`, {
      hint: 'Put a backslash before ( ) [ ] { } . * + ? | ^ $ when they stand for themselves.',
      cause: error,
    });
  }
}

async function sinkOf(call: DeployCall, input: LogsInput, out: Out) {
  const [{ logView }, { logDocument }, { safe }] = await Promise.all([
    import('../../render/deploy/log-lines.ts'),
    import('../../render/deploy/log-document.ts'),
    import('../../render/safe.ts'),
  ]);
  const live = out.columns !== Infinity;
  const hosts = call.settings.hosts.length > 1 ? call.settings.hosts.map(({ name }) => name) : [];
  const view = logView({ style: out.style, hosts, live });
  const raw = (text: string): string => (live ? safe(text) : text);
  return {
    async lines(lines: Parameters<typeof view.lines>[0]): Promise<boolean> {
      const text = out.json
        ? lines.map((line) => `${logDocument(line)}\n`).join('')
        : input.flag('raw')
          ? lines.map(({ line }) => `${raw(line.text)}\n`).join('')
          : view.lines(lines);
      return out.stream(text);
    },
    remark: async (text: string) => out.remark(safe(text)),
  };
}

async function showFailed(ctx: Ctx, call: DeployCall, release: string, out: Out): Promise<number> {
  const [{ failedRelease }, { renderFailed }] = await Promise.all([
    import('../../deploy/look/failed.ts'),
    import('../../render/deploy/failed.ts'),
  ]);
  const kept = await failedRelease(ctx, call.settings, call.options, release);
  if (out.json) await out.document({ schema: 'coracle.failed-release/v1', hosts: kept });
  else await out.print(renderFailed(kept, out.style));
  return 0;
}
