import type { Ctx } from '../../core/ctx.ts';
import type { DeployOptions, DeploySettings, JournalEntry } from '../types.ts';
import { openToLook } from './open.ts';

/** One thing that was done, on one host or on several. */
export interface Deed {
  /** Milliseconds since the epoch, by our clock: where it was written first. */
  readonly at: number;
  readonly what: JournalEntry['what'];
  readonly by: string;
  readonly release: string | undefined;
  /** What served before it and after it; several when the hosts differed. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly verdict: JournalEntry['verdict'] | undefined;
  readonly evidence: readonly string[];
  readonly hosts: readonly string[];
}

export interface History {
  /** The newest first. */
  readonly deeds: readonly Deed[];
  /** Hosts of the environment. */
  readonly hosts: readonly string[];
  readonly unreachable: readonly { readonly host: string; readonly message: string }[];
}

/** An entry with its host, its time by our clock. */
export interface HostEntry {
  readonly host: string;
  readonly at: number;
  readonly entry: JournalEntry;
}

/** Journals are written one after the other: entries of one deed are no further apart. Milliseconds. */
const together = 120_000;
/** A clock that is off by less counts as right. */
const clockTolerance = 1000;

/** What was done to a service, from the journals of all hosts. @throws ToolError HOST_UNREACHABLE when no host answers */
export async function fleetHistory(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
): Promise<History> {
  const fleet = await openToLook(ctx, settings, options, 'partial');
  try {
    const entries = await Promise.all(
      fleet.hosts.map(async ({ host, agent }) => {
        const { clockAhead } = agent.facts;
        const shift = Math.abs(clockAhead) < clockTolerance ? 0 : clockAhead;
        const journal = await agent.history();
        return journal.map((entry) => ({ host: host.name, at: Date.parse(entry.at) - shift, entry }));
      }),
    );
    return {
      deeds: deedsOf(entries.flat()),
      hosts: [...fleet.hosts.map(({ host }) => host.name), ...fleet.unreachable.map(({ host }) => host.name)],
      unreachable: fleet.unreachable.map(({ host, error }) => ({ host: host.name, message: error.message })),
    };
  } finally {
    await fleet.close();
  }
}

/** Puts together what several hosts say of the same deed; the newest first. */
export function deedsOf(entries: readonly HostEntry[]): Deed[] {
  const groups: HostEntry[][] = [];
  const open = new Map<string, HostEntry[]>();
  const inOrder = entries.filter(({ at }) => !Number.isNaN(at)).toSorted((a, b) => a.at - b.at);
  for (const each of inOrder) {
    const { what, release, by } = each.entry;
    const key = JSON.stringify([what, release, by]);
    const group = open.get(key);
    const last = group?.at(-1);
    if (group && last && each.at - last.at <= together && group.every(({ host }) => host !== each.host)) {
      group.push(each);
    } else {
      const fresh = [each];
      open.set(key, fresh);
      groups.push(fresh);
    }
  }
  return groups.flatMap(deedOf).toReversed();
}

function deedOf(group: readonly HostEntry[]): Deed[] {
  const [first] = group;
  if (!first) return [];
  const { what, by, release } = first.entry;
  const each = <T>(pick: (entry: JournalEntry) => T | undefined): T[] => [
    ...new Set(group.flatMap(({ entry }) => pick(entry) ?? [])),
  ];
  const verdicts = each((entry) => entry.verdict);
  return [
    {
      at: first.at,
      what,
      by,
      release,
      from: each((entry) => entry.from),
      to: each((entry) => entry.to),
      verdict: verdicts.find((verdict) => verdict === 'fail') ?? verdicts[0],
      evidence: each((entry) => entry.evidence),
      hosts: group.map(({ host }) => host).toSorted(),
    },
  ];
}
