import { ToolError } from '../core/errors.ts';
import type { SlotCounters } from './types.ts';

/**
 * The servers `a` and `b` of an answer of `show stat`: CSV whose first line, behind `#`, has the names of the columns.
 * @throws ToolError PROXY_FAILED when it is none
 */
export function parseStat(text: string): readonly SlotCounters[] {
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  if (!header.startsWith('# ')) {
    throw new ToolError('PROXY_FAILED', 'the proxy does not say its counters', {
      detail: text.slice(0, 500),
    });
  }
  const names = header.slice(2).split(',');
  return lines.flatMap((line) => {
    const cells = cut(line);
    return counters((name) => cells[names.indexOf(name)] ?? '');
  });
}

function counters(cell: (name: string) => string): SlotCounters[] {
  const slot = cell('svname');
  if (slot !== 'a' && slot !== 'b') return [];
  const count = (name: string): number => {
    const value = Number(cell(name));
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  const check = cell('check_desc');
  return [
    {
      slot,
      status: cell('status'),
      check: cell('last_chk') === '' ? check : `${check}: ${cell('last_chk')}`,
      weight: count('weight'),
      sessions: count('scur'),
      requests: count('stot'),
      responses: {
        '1xx': count('hrsp_1xx'),
        '2xx': count('hrsp_2xx'),
        '3xx': count('hrsp_3xx'),
        '4xx': count('hrsp_4xx'),
        '5xx': count('hrsp_5xx'),
        other: count('hrsp_other'),
      },
      errors: count('econ') + count('eresp'),
    },
  ];
}

/** Cells of a line; one with a comma stands in quotes, which are doubled in it. */
function cut(line: string): string[] {
  const cells: string[] = [];
  const form = /(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/y;
  while (form.lastIndex < line.length) {
    const [, quoted, plain = ''] = form.exec(line) ?? [];
    if (form.lastIndex === 0) break;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return cells;
}
