import type { JournalEntry } from '../types.ts';
import { parseObject } from './state.ts';

const kinds: ReadonlySet<string> = new Set<JournalEntry['what']>([
  ...(['deploy', 'rollback', 'revert', 'confirm', 'setup', 'down'] as const),
  ...(['prune', 'job', 'accessory', 'proxy'] as const),
]);

/** Longest value of an entry: a line is written at once, and by that whole. */
const longest = 1500;

/** The line of an entry, without its time, which the host adds. */
export function journalLine(entry: Omit<JournalEntry, 'at'>): string {
  const { by, what, release, from, to, verdict, evidence } = entry;
  const line = { by, what, release, from, to, verdict, evidence };
  return JSON.stringify(line, (key, value: unknown) =>
    typeof value === 'string' && key !== '' ? value.slice(0, longest) : value,
  );
}

/** The journal as the host keeps it, oldest first. Lines that are none, such as the half of one before a crash, are left out. */
export function parseJournal(text: string): readonly JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    const said = parseObject(line);
    const word = (name: string): string | undefined => {
      const value = said[name];
      return typeof value === 'string' ? value.slice(0, longest) : undefined;
    };
    const at = word('at');
    const by = word('by');
    const what = word('what');
    if (at === undefined || by === undefined || !isKind(what)) return [];
    return [{ at, by, what, ...optional(word) }];
  });
}

function optional(word: (name: string) => string | undefined): Omit<JournalEntry, 'at' | 'by' | 'what'> {
  const release = word('release');
  const from = word('from');
  const to = word('to');
  const verdict = word('verdict');
  const evidence = word('evidence');
  return {
    ...(release !== undefined && { release }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(isVerdict(verdict) && { verdict }),
    ...(evidence !== undefined && { evidence }),
  };
}

function isKind(text: string | undefined): text is JournalEntry['what'] {
  return text !== undefined && kinds.has(text);
}

function isVerdict(text: string | undefined): text is 'pass' | 'fail' | 'no data' {
  return text === 'pass' || text === 'fail' || text === 'no data';
}
