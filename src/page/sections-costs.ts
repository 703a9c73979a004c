import type { Advice, Costs } from '../explain/types.ts';
import { bytes } from '../render/units.ts';
import type { Cell, Column, Section } from './data.ts';
import { limited } from './words.ts';

/** What is known of the costs of a program, by its path; that is empty when there is but one. */
export interface ProgramCosts {
  readonly program: string;
  readonly costs: Costs;
}

/** What dependencies cost, and what would make programs smaller: one table for all of them. */
export function costSections(all: readonly ProgramCosts[]): Section[] {
  const several = all.length > 1;
  const column: readonly Column[] = several ? [{ label: 'program', as: 'path' }] : [];
  const named = (program: string, cells: readonly Cell[]): Cell[] =>
    several ? [program, ...cells] : [...cells];
  const modules = all.flatMap(({ program, costs }) =>
    costs.modules.map(({ path, version, own, drop, chain }) =>
      named(program, [path, version, own, drop, chain.join(' → ')]),
    ),
  );
  const advice = all.flatMap(({ program, costs }) =>
    costs.advice.map((one) => named(program, [saving(one), one.what, one.because.join(' → '), one.fix])),
  );
  const dependencies: Section = {
    as: 'table',
    id: 'dependencies',
    title: 'What dependencies cost',
    about: 'Drop one, and its own bytes go with those of all that nothing else needs.',
    columns: [
      ...column,
      { label: 'module', as: 'code' },
      { label: 'version', as: 'text' },
      { label: 'own', as: 'bytes' },
      { label: 'if dropped', as: 'bytes' },
      { label: 'imported by way of', as: 'text' },
    ],
    ...limited(modules),
  };
  const shrinking: Section = {
    as: 'table',
    id: 'advice',
    title: 'What would shrink it',
    about: 'Measured by building it so, where it says a figure without “about”.',
    columns: [
      ...column,
      { label: 'saves', as: 'text' },
      { label: 'what', as: 'text' },
      { label: 'because', as: 'text' },
      { label: 'fix', as: 'text' },
    ],
    ...limited(advice),
  };
  return [...(modules.length === 0 ? [] : [dependencies]), ...(advice.length === 0 ? [] : [shrinking])];
}

function saving({ saves, measured }: Advice): string {
  return saves === undefined ? 'not measured' : `${measured ? '' : 'about '}${bytes(saves)}`;
}
