import type { Section } from './data.ts';
import { count, mostRows } from './words.ts';

/** What could not be read. */
export function problemsSection(problems: readonly string[]): Section[] {
  if (problems.length === 0) return [];
  return [
    {
      as: 'table',
      id: 'problems',
      title: 'Could not be read',
      about: 'What is said above is without these.',
      columns: [{ label: 'problem', as: 'text' }],
      rows: problems.slice(0, mostRows).map((problem) => [problem]),
      ...(problems.length > mostRows ? { more: `and ${count(problems.length - mostRows)} more` } : {}),
    },
  ];
}
