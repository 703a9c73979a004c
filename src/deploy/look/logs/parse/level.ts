import type { Level } from '../line.ts';

/** Names of levels as libraries write them, in lower case. */
const names: Readonly<Record<string, Level>> = {
  trace: 'trace',
  trc: 'trace',
  finest: 'trace',
  debug: 'debug',
  dbg: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  notice: 'info',
  default: 'info',
  warn: 'warn',
  wrn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  alert: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  emergency: 'fatal',
  emerg: 'fatal',
  dpanic: 'fatal',
  panic: 'fatal',
  pnc: 'fatal',
  fatal: 'fatal',
  ftl: 'fatal',
};

/** slog writes what lies between its levels as `INFO+2`, `ERROR-1`. */
const shifted = /^(debug|info|warn|error)([+-]\d{1,3})$/;
const slog: Readonly<Record<string, number>> = { debug: -4, info: 0, warn: 4, error: 8 };

/** A level by its name, or by the number that bunyan and pino give it. */
export function levelOf(said: unknown): Level | undefined {
  if (typeof said === 'number') return byNumber(said);
  if (typeof said !== 'string' || said.length > 20) return undefined;
  const name = said.trim().toLowerCase();
  if (Object.hasOwn(names, name)) return names[name];
  const between = shifted.exec(name);
  if (!between) return undefined;
  const value = (slog[between[1] ?? ''] ?? 0) + Number(between[2]);
  if (value < -4) return 'trace';
  if (value < 0) return 'debug';
  if (value < 4) return 'info';
  return value < 8 ? 'warn' : 'error';
}

function byNumber(value: number): Level | undefined {
  if (value < 10 || value > 60) return undefined;
  const steps: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
  return steps[Math.floor(value / 10) - 1];
}
