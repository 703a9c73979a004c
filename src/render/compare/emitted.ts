import { safe } from '../safe.ts';

/** What --emit wrote, and how a Dockerfile of it is built elsewhere. */
export function renderEmitted(directory: string, files: readonly string[]): string {
  const first = files.find((file) => file.startsWith('Dockerfile.'));
  const lines = [`wrote ${directory}: ${files.join(', ')}`];
  if (first !== undefined) lines.push(`Build one with: docker build -f ${directory}/${first} ${directory}`);
  return safe(lines.join('\n'));
}
