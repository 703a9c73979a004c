import type { Advice, Costs } from '../../explain/types.ts';
import { bytes } from '../units.ts';
import { code, type Section } from './report.ts';
import { count, grouped, topRows } from './words.ts';

/** What would make a program smaller, and what its imports cost. What each module costs stands beside the module. */
export function costSections({ advice, imports = [], limits = [] }: Costs, top: number): Section[] {
  return [
    ...(advice.length > 0 ? [adviceSection(advice, top)] : []),
    ...(imports.length > 0
      ? [
          {
            title: `What an import costs: take the line out and lose its bytes`,
            table: {
              head: ['LOSES', 'IMPORT'],
              ...topRows(imports, top, 'imports', ({ from, to, drop, alone }) => ({
                cells: [bytes(drop), code(to)],
                under: [`in ${from}`, ...(alone.length > 0 ? [`and with it ${named(alone)}`] : [])],
              })),
            },
          },
        ]
      : []),
    ...(limits.length > 0 ? [{ title: 'What could not be said of costs', notes: limits }] : []),
  ];
}

function adviceSection(advice: readonly Advice[], top: number): Section {
  const sum = advice.reduce((total, { saves = 0 }) => Math.max(total, saves), 0);
  return {
    title: `What would shrink it: ${count(advice.length, 'way')}${sum > 0 ? `, the largest saves ${bytes(sum)}` : ''}`,
    table: {
      head: ['SAVES', 'KNOWN BY', 'WHAT'],
      left: [1],
      ...topRows(advice, top, 'ways', ({ what, because, saves, measured, fix }) => ({
        cells: [
          saves === undefined ? '-' : bytes(saves),
          saves === undefined ? 'not known' : measured ? 'building it' : 'counting',
          what,
        ],
        under: [...because, `fix: ${fix}`],
      })),
    },
  };
}

/** Names in a line, the first few of many. */
export function named(names: readonly string[]): string {
  const most = 5;
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${grouped(rest)} more` : '');
}
