import type { Entry } from '../../layer/entry.ts';

/** Programs that run as somebody else than who starts them. */
export function setuidFiles(tree: ReadonlyMap<string, Entry>): string[] {
  const found = [...tree].filter(([, { type, mode }]) => type === 'file' && (mode & 0o6000) !== 0);
  return found.map(([path]) => `/${path}`).sort();
}
