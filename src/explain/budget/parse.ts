/**
 * budget/ holds an explanation against limits: parses them, says which are broken, by how much, and since which change. How that looks it must
 * not know.
 */
import { byteCount, type From } from '../../config/values.ts';
import { ToolError } from '../../core/errors.ts';
import { wasteKinds } from '../types.ts';

/** What can be limited. Those of `sized` are bytes, those of `counted` numbers, `efficiency` is a share from 0 to 1. */
const sized = ['image', 'unpacked', 'size', 'binary', 'layer', 'file', 'module', 'package', 'waste'] as const;
const counted = ['layers', 'files', 'modules', 'packages', 'binaries', 'secrets'] as const;
const named = new Set<string>(['binary', 'layer', 'file', 'module', 'package', 'waste']);

export type Subject = (typeof sized)[number] | (typeof counted)[number] | 'efficiency';
export type Unit = 'bytes' | 'count' | 'share';

/** One limit. */
export interface Budget {
  /** As it was written. */
  readonly text: string;
  readonly subject: Subject;
  /** `module:NAME`; without one, each of them must keep the limit. */
  readonly name?: string;
  readonly relation: '<' | '<=' | '>' | '>=';
  readonly limit: number;
  readonly unit: Unit;
}

/**
 * Reads limits: `image<15MB, module:github.com/x/y<1MB`, several with commas between them.
 * @param from where they were written, for errors
 * @throws ToolError USAGE, CONFIG_INVALID
 */
export function parseBudgets(text: string, from: From): Budget[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  // An empty variable of a script would switch the check off.
  if (parts.length === 0) throw problem(from, 'there is no limit');
  return parts.map((part) => parseBudget(part, from));
}

function parseBudget(text: string, from: From): Budget {
  const form = /^([a-z]+)(?::(.+?))?\s*(<=|>=|<|>)\s*(\S.*)$/s.exec(text);
  if (!form) throw problem(from, `${JSON.stringify(text)} is no limit`);
  const [, word = '', name, sign = '', value = ''] = form;
  const subject = [...sized, ...counted, 'efficiency' as const].find((each) => each === word);
  const relation = (['<', '<=', '>', '>='] as const).find((each) => each === sign);
  if (!subject || !relation) throw problem(from, `${JSON.stringify(word)} cannot be limited`, everything);
  if (name !== undefined && !named.has(subject)) throw problem(from, `${subject} takes no name`);
  if (name === undefined && subject === 'file')
    throw problem(from, 'file needs a path', 'Write it as file:/app/data.bin<1MB.');
  const unit = unitOf(subject);
  if (unit === 'share' && relation.startsWith('<'))
    throw problem(from, 'efficiency is the better the higher', 'Write it as efficiency>95%.');
  return {
    text,
    subject,
    ...(name === undefined ? {} : { name: checkName(subject, name.trim(), from) }),
    relation,
    limit: limitOf(value.trim(), unit, from),
    unit,
  };
}

function unitOf(subject: Subject): Unit {
  if (subject === 'efficiency') return 'share';
  return counted.some((each) => each === subject) ? 'count' : 'bytes';
}

function checkName(subject: Subject, name: string, from: From): string {
  if (subject === 'layer' && !/^[1-9]\d*$/.test(name))
    throw problem(from, `${JSON.stringify(name)} is no layer`, 'Layers are counted from 1, the lowest.');
  if (subject !== 'waste') return name;
  const kind = wasteKinds.find((each) => each === name.replaceAll('-', ' '));
  if (kind === 'secret') throw problem(from, 'of secrets no bytes are waste', 'Write it as secrets<1.');
  if (kind) return kind;
  throw problem(
    from,
    `${JSON.stringify(name)} is no kind of waste`,
    `The kinds are ${wasteKinds.filter((each) => each !== 'secret').join(', ')}.`,
  );
}

function limitOf(value: string, unit: Unit, from: From): number {
  if (unit === 'bytes') return byteCount(value, from);
  const percent = unit === 'share' && value.endsWith('%');
  const number = Number(percent ? value.slice(0, -1) : value);
  const limit = percent ? number / 100 : number;
  const fits = unit === 'share' ? limit >= 0 && limit <= 1 : Number.isSafeInteger(limit) && limit >= 0;
  if (fits && /^[\d.]+%?$/.test(value)) return limit;
  throw problem(
    from,
    `${JSON.stringify(value)} is no ${unit === 'share' ? 'share' : 'number'}`,
    unit === 'share' ? 'Write it as 95% or 0.95.' : undefined,
  );
}

const everything = `What can be limited: ${[...sized, ...counted, 'efficiency'].join(', ')}.`;

function problem(from: From, message: string, hint?: string): ToolError {
  return new ToolError(from.where ? 'CONFIG_INVALID' : 'USAGE', `${from.name}: ${message}`, {
    hint: hint ?? 'Write limits as image<15MB, module:github.com/x/y<1MB, efficiency>95%.',
    ...(from.where ? { where: from.where } : {}),
  });
}
