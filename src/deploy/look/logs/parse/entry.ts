import type { Entry, Level } from '../line.ts';
import { readJson } from './json.ts';
import { readLogfmt } from './logfmt.ts';
import { readText } from './text.ts';

/** Reads one line of a log, of whatever form. */
export function readEntry(text: string): Entry {
  return readJson(text) ?? readLogfmt(text) ?? readText(text);
}

/** Lines of a Go trace after a panic: routines, functions, their files, how it ended. */
const trace = /^(?:\s|goroutine \d+ |created by |exit status |\[signal |[\w./()*[\]{}-]+\(.*\)$|$)/;

/**
 * Reads the lines of one container in their order. A line that goes on with the one before (it is indented, or is part of a trace) has the level of
 * that one, so that a trace stays whole when lines are chosen by level.
 */
export function entryReader(): (text: string) => Entry {
  let before: Level | undefined;
  return (text) => {
    const entry = readEntry(text);
    if (entry.level !== undefined || entry.fields.length > 0) before = entry.level;
    else if (before !== undefined && goesOn(text, before)) return { ...entry, level: before };
    else before = undefined;
    return entry;
  };
}

function goesOn(text: string, before: Level): boolean {
  return /^\s/.test(text) || (before === 'fatal' && text.length < 1000 && trace.test(text));
}
