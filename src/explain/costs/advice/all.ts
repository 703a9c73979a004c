import type { Advice } from '../../types.ts';
import type { Adviser, Facts } from '../facts.ts';
import { cgo } from './cgo.ts';
import { fewlyUsed } from './few-uses.ts';
import { duplicatedMajors } from './majors.ts';
import { mostlyData } from './mostly-data.ts';
import { embeddedFiles, knownPackages, timeZones } from './packages.ts';
import { reflection } from './reflection.ts';
import { buildPaths, debugData, instrumented, positionIndependent, unoptimised } from './settings.ts';

const advisers: readonly Adviser[] = [
  ...[debugData, buildPaths, instrumented, unoptimised, positionIndependent, cgo, reflection],
  ...[timeZones, knownPackages, embeddedFiles, duplicatedMajors, fewlyUsed, mostlyData],
];

/** All advice on a program, what saves most first. One build at a time: each takes all cores. */
export async function allAdvice(facts: Facts): Promise<Advice[]> {
  const found: Advice[] = [];
  for (const adviser of advisers) found.push(...(await adviser(facts)));
  return found.toSorted((a, b) => (b.saves ?? 0) - (a.saves ?? 0));
}
