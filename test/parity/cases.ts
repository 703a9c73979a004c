/** All cases, in the order of the reference. */
import type { Case } from './case.ts';
import { addCases } from './cases/add.ts';
import { configCases } from './cases/config.ts';
import { contextCases } from './cases/context.ts';
import { copyCases } from './cases/copy.ts';
import { expansionCases } from './cases/expansion.ts';
import { fromCases } from './cases/from.ts';
import { ignoreCases } from './cases/ignore.ts';
import { parserCases } from './cases/parser.ts';
import { practiceCases } from './cases/practice.ts';
import { runCases } from './cases/run.ts';

export const cases: readonly Case[] = [
  ...parserCases,
  ...expansionCases,
  ...fromCases,
  ...runCases,
  ...copyCases,
  ...addCases,
  ...configCases,
  ...ignoreCases,
  ...contextCases,
  ...practiceCases,
];
