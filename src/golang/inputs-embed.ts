/** The directories in which a new file would be embedded, from the patterns of `//go:embed`. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Recorder } from './inputs-recorder.ts';
import { globMatcher } from './inputs.ts';

/** Records them for one package. A pattern is a path whose elements may be globs; a directory that matches is taken whole. */
export function recordEmbeds(record: Recorder, packageDir: string, patterns: readonly string[]): void {
  for (const pattern of patterns) {
    const all = pattern.startsWith('all:');
    const elements = (all ? pattern.slice('all:'.length) : pattern)
      .split('/')
      .filter((element) => element !== '.');
    follow(record, packageDir, elements, all);
  }
}

function follow(record: Recorder, directory: string, elements: readonly string[], all: boolean): void {
  const [element, ...rest] = elements;
  if (element === undefined) {
    takeTree(record, directory, all);
    return;
  }
  if (!/[*?[\\]/.test(element)) {
    const next = path.join(directory, element);
    if (isDirectory(next)) follow(record, next, rest, all);
    return;
  }
  record.directory(directory, `glob:${element}`);
  const matches = globMatcher(element);
  for (const name of readdirSync(directory).filter(matches)) {
    const next = path.join(directory, name);
    if (isDirectory(next)) follow(record, next, rest, all);
  }
}

function takeTree(record: Recorder, directory: string, all: boolean): void {
  for (const name of record.directory(directory, all ? 'all' : 'embed')) {
    const next = path.join(directory, name);
    if (isDirectory(next)) takeTree(record, next, all);
  }
}

export function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
