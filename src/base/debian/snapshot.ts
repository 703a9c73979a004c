import { ToolError } from '../../core/errors.ts';

/**
 * The time that a snapshot's name says: `20261101T000000Z`.
 * @throws ToolError CONFIG_INVALID
 */
export function snapshotTime(name: string): Date {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
  const [, year, month, day, hour, minute, second] = parts ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(text);
  if (parts && !Number.isNaN(time.getTime()) && time.toISOString() === text) return time;
  throw new ToolError('CONFIG_INVALID', `${JSON.stringify(name)} is no date of a snapshot`, {
    hint: 'Write debian.snapshot as 20261101T000000Z: year, month, day, T, hour, minute, second, Z.',
  });
}
