import type { Section } from './data.ts';
import { limited } from './words.ts';

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
      ...limited(problems.map((problem) => [problem])),
    },
  ];
}
