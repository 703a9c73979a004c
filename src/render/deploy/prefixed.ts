import { safe } from '../safe.ts';
import type { Style } from '../style.ts';

export interface Prefixed {
  /** Takes a piece of output. @returns the lines that are whole now, each with its host in front */
  push(stream: 'stdout' | 'stderr', text: string): string;
  /** The line that had no end. */
  rest(stream: 'stdout' | 'stderr'): string;
}

/** Characters of a line that wait for its end. */
const longest = 64 * 1024;

/** Output of one host among several. */
export function prefixed(host: string, hosts: readonly string[], style: Style): Prefixed {
  const width = Math.max(...hosts.map((name) => safe(name).length));
  const colours = [style.cyan, style.magenta, style.blue, style.green, style.yellow];
  const colour = colours[Math.max(0, hosts.indexOf(host)) % colours.length] ?? style.cyan;
  const head = `${colour(safe(host).padEnd(width))} ${style.dim('|')} `;
  const begun = { stdout: '', stderr: '' };
  return {
    push(stream, text) {
      const lines = (begun[stream] + text).split('\n');
      const last = lines.pop() ?? '';
      begun[stream] = last.length > longest ? '' : last;
      if (last.length > longest) lines.push(last);
      return lines.map((line) => `${head}${safe(line)}\n`).join('');
    },
    rest(stream) {
      const left = begun[stream];
      begun[stream] = '';
      return left === '' ? '' : `${head}${safe(left)}\n`;
    },
  };
}
