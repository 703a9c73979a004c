/** Conditions on figures of methods, for CI: `coracle.size<12MB`. */
import { byteCount, nanoseconds } from '../config/values.ts';
import { closest } from '../core/closest.ts';
import { ToolError } from '../core/errors.ts';
import type { Comparison, FigureName, Gate, GateResult } from './types.ts';

type Unit = 'bytes' | 'milliseconds' | 'count' | 'answer';

const units: Readonly<Record<FigureName, Unit>> = {
  size: 'bytes',
  unpacked: 'bytes',
  layers: 'count',
  files: 'count',
  packages: 'count',
  setuid: 'count',
  shells: 'count',
  packageManagers: 'count',
  root: 'answer',
  secondRelease: 'bytes',
  start: 'milliseconds',
  memory: 'bytes',
  coldBuild: 'milliseconds',
  changedBuild: 'milliseconds',
  unchangedBuild: 'milliseconds',
};

/** As figures are written in conditions: `second-release`. */
const words: ReadonlyMap<string, FigureName> = new Map(
  Object.keys(units)
    .filter(isFigure)
    .map((name) => [name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), name]),
);
/** What can be a condition, for help. */
export const gateWords: readonly string[] = [...words.keys()];

function isFigure(name: string): name is FigureName {
  return Object.hasOwn(units, name);
}

/** What is going to be compared. */
export interface Gateable {
  /** Methods, and what --with named. */
  readonly names: readonly string[];
  readonly buildTimes: boolean;
}

/**
 * Reads conditions: `coracle.size<12MB,coracle.start<=50ms`, several with commas between them.
 * @throws ToolError USAGE
 */
export function parseGates(text: string, of: Gateable): Gate[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  // An empty variable of a script would switch the check off.
  if (parts.length === 0) throw problem('there is no condition');
  return parts.map((part) => parseGate(part, of));
}

/** Reads one condition. @throws ToolError USAGE */
export function parseGate(text: string, { names, buildTimes }: Gateable): Gate {
  // A name may have dots in it; the figure stands behind the last one.
  const form = /^(.+)\.([a-z][a-z-]*)\s*(<=|>=|<|>|=)\s*([^\s=].*)$/is.exec(text.trim());
  if (!form) throw problem(`${JSON.stringify(text)} is no condition`);
  const [, method = '', word = '', sign = '', value = ''] = form;
  const figure = figureOf(word);
  const operator = (['<=', '>=', '<', '>', '='] as const).find((each) => each === sign);
  if (!operator) throw problem(`${JSON.stringify(text)} is no condition`);
  if (!names.includes(method)) {
    const guess = closest(method, names);
    throw problem(
      `${JSON.stringify(method)} is not compared`,
      `${guess === undefined ? '' : `Did you mean ${guess}? `}Compared are ${names.join(', ')}.`,
    );
  }
  if (figure.endsWith('Build') && !buildTimes)
    throw problem(`${word} is measured with --build-times only`, 'Add --build-times.');
  const unit = units[figure];
  if (unit === 'answer' && operator !== '=')
    throw problem(`${word} is yes or no`, `Write it as ${method}.${word}=false.`);
  return { text: text.trim(), method, figure, operator, value: valueOf(value.trim(), unit, text) };
}

function figureOf(word: string): FigureName {
  const written = word.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  const figure = words.get(written);
  if (figure) return figure;
  const guess = closest(written, gateWords);
  throw problem(
    `there is no figure ${JSON.stringify(word)}`,
    `${guess === undefined ? '' : `Did you mean ${guess}? `}The figures are ${gateWords.join(', ')}.`,
  );
}

function valueOf(value: string, unit: Unit, text: string): number {
  const from = { name: `--gate ${text.trim()}` };
  if (unit === 'bytes') return byteCount(value, from);
  if (unit === 'milliseconds') return nanoseconds(value, from) / 1e6;
  if (unit === 'answer') {
    if (/^(true|yes)$/i.test(value)) return 1;
    if (/^(false|no)$/i.test(value)) return 0;
    throw problem(`${JSON.stringify(value)} is neither true nor false`);
  }
  const none = value === 'none' ? '0' : value;
  if (!/^\d{1,15}$/.test(none)) throw problem(`${JSON.stringify(value)} is no whole number`);
  return Number(none);
}

/** Holds a comparison against conditions. A figure that could not be measured holds none. */
export function checkGates(comparison: Comparison, gates: readonly Gate[]): GateResult[] {
  return gates.map((gate) => {
    const result = comparison.results.find(({ name }) => name === gate.method);
    const found = result?.figures[gate.figure] ?? { missing: 'it was not measured' };
    return { ...gate, found, held: 'value' in found && holds(gate, numberOf(found.value)) };
  });
}

function numberOf(value: number | boolean | readonly string[]): number {
  if (typeof value === 'object') return value.length;
  return Number(value);
}

function holds({ operator, value }: Gate, found: number): boolean {
  switch (operator) {
    case '<':
      return found < value;
    case '<=':
      return found <= value;
    case '>':
      return found > value;
    case '>=':
      return found >= value;
    case '=':
    default:
      return found === value;
  }
}

function problem(message: string, hint?: string): ToolError {
  return new ToolError('USAGE', `--gate: ${message}`, {
    hint:
      hint ??
      'Write conditions as coracle.size<12MB, coracle.start<50ms, distroless.root=false, coracle.shells=0.',
  });
}
