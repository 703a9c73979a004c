import type { DeployResult, HostResult, JudgedStep } from '../../deploy/types.ts';
import { row } from '../rows.ts';
import { maskUrls, safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { duration } from '../units.ts';
import { cut as cutTo } from '../width.ts';
import { answers } from './live-plain.ts';

export interface DeployView {
  readonly style: Style;
  readonly columns: number;
  readonly verb: 'deploy' | 'rollback';
}

const indent = 9;
/** Lines of a log, an inspection or a probe that are shown; all of it is in the document of --json. */
const evidenceLines = 12;
/** Characters of such a line. */
const longestLine = 300;

/** How a deploy or a rollback ended, for people: what serves where, what each step was judged by, what failed and why, how to go on. */
export function renderDeploy(result: DeployResult, view: DeployView): string {
  const { style } = view;
  const line = (name: string, text: string): string => row(name, text, { ...view, indent });
  const good = result.outcome === 'deployed';
  const head = `${safe(result.service)} ${safe(result.release.id)}`;
  return `${[
    style.bold(head),
    line('version', safe(result.release.version)),
    line('image', result.release.image),
    ...(result.from === undefined ? [] : [line('before', safe(result.from))]),
    line(good ? 'done' : 'outcome', outcomeWords(result, view)),
    ...hostRows(result, view),
    ...stepRows(result.steps, view),
    ...result.hosts.flatMap((host) => evidenceOf(host, view)),
    ...(good ? result.urls.map((url, index) => line(index === 0 ? 'url' : '', style.bold(safe(url)))) : []),
    ...(result.next === undefined ? [] : [line('next', style.cyan(safe(result.next)))]),
  ].join('\n')}\n`;
}

function outcomeWords(result: DeployResult, { style, verb }: DeployView): string {
  const { hosts, firstRequest, took } = result;
  if (result.outcome !== 'deployed') {
    const colour = result.outcome === 'split' ? style.red : style.yellow;
    // What failed on hosts stands below.
    return hosts.some(({ error }) => error) && result.outcome !== 'split'
      ? `${colour(result.outcome)} after ${duration(took)}`
      : `${colour(result.outcome)}: ${safe(result.summary)}`;
  }
  const count = hosts.length === 1 ? '1 host' : `${hosts.length} hosts`;
  const first =
    firstRequest === undefined || verb === 'rollback'
      ? ''
      : `, the first request answered after ${duration(firstRequest)}`;
  return `${style.green(`${verb === 'deploy' ? 'deployed' : 'rolled back'} on ${count} in ${duration(took)}`)}${first}`;
}

/** What serves where; hosts that serve the same and have nothing to say stand together. */
function hostRows(result: DeployResult, view: DeployView): string[] {
  const { style } = view;
  const quiet = result.hosts.filter((host) => !host.error);
  const loud = result.hosts.filter((host) => host.error);
  const groups = Map.groupBy(quiet, ({ serves }) => serves ?? 'nothing');
  const line = (name: string, text: string): string => row(name, text, { ...view, indent });
  return [
    ...[...groups].map(([serves, hosts], index) =>
      line(
        index === 0 ? 'serves' : '',
        `${safe(serves)} on ${hosts.map(({ host }) => safe(host)).join(', ')}`,
      ),
    ),
    ...[...Map.groupBy(loud, reasonOf)].flatMap(([reason, hosts]) => {
      const [first] = hosts;
      const where = hosts.map(({ host }) => safe(host)).join(', ');
      const phase = first?.phase === undefined ? '' : ` ${first.phase}`;
      const serves = new Set(hosts.map((host) => host.serves ?? 'nothing'));
      return [
        line(
          'failed',
          `${style.bold(where)}${phase}: ${style.red(safe(reason))} ${style.dim(`[${safe(first?.error?.code ?? '')}]`)}`,
        ),
        ...(first?.error?.hint === undefined ? [] : [line('', style.dim(safe(first.error.hint)))]),
        line('', `serves ${[...serves].map((each) => safe(each)).join(' and ')}`),
      ];
    }),
  ];
}

/** What went wrong, without the name of the host: the same on several is said once. */
function reasonOf({ host, error }: HostResult): string {
  const message = error?.message ?? '';
  return message.startsWith(`${host}: `) ? message.slice(host.length + 2) : message;
}

function stepRows(steps: readonly JudgedStep[], view: DeployView): string[] {
  const { style } = view;
  const colours = { pass: style.green, fail: style.red, 'no data': style.yellow };
  const line = (name: string, text: string): string => row(name, text, { ...view, indent });
  return steps.flatMap((step, index) => [
    line(
      index === 0 ? 'judged' : '',
      `${step.share} % on ${step.hosts.map((host) => safe(host)).join(', ')}: ${colours[step.verdict](step.verdict)}`,
    ),
    line('', style.dim(`new ${answers(step.fresh)}${step.old ? `; old ${answers(step.old)}` : ''}`)),
    ...step.evidence.map((words) => line('', style.dim(safe(words)))),
  ]);
}

/** What was kept of a release that failed on a host: how it looked from outside, what it was, what it said. */
function evidenceOf({ host, evidence }: HostResult, { style, columns }: DeployView): string[] {
  if (!evidence) return [];
  const parts: readonly (readonly [string, string])[] = [
    ['last probe', evidence.probe ?? ''],
    ['container', stateOf(evidence.inspect)],
    ['log', evidence.log],
  ];
  return parts.flatMap(([what, text]) => {
    const lines = maskUrls(safe(text)).trimEnd().split('\n');
    if (lines.join('').trim() === '') return [];
    const last = lines.slice(-evidenceLines);
    const cut = last.length < lines.length ? `, last ${last.length} of ${lines.length} lines` : '';
    const room = Math.min(columns - 2, longestLine);
    return [
      style.dim(` --- ${what} of ${safe(host)}${cut} ---`),
      ...last.map((each) => ` ${cutTo(each.replaceAll('\t', '    '), room)}`),
    ];
  });
}

/** Of an inspection, which is pages, how the container is or ended; the text itself when it is in another form. */
function stateOf(inspect: string): string {
  const value: unknown = parsed(inspect);
  const one: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof one !== 'object' || one === null) return inspect;
  const state: unknown = 'state' in one ? one.state : 'State' in one ? one.State : undefined;
  if (typeof state !== 'object' || state === null) return inspect;
  const told = Object.entries(state).filter(
    ([name, each]) =>
      /^(status|exitcode|oomkilled|error|startedat|finishedat)$/i.test(name) &&
      ['string', 'number', 'boolean'].includes(typeof each) &&
      each !== '' &&
      !String(each).startsWith('0001-'),
  );
  return told.map(([name, each]) => `${name}: ${String(each)}`).join(', ');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
