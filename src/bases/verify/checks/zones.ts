import { resolveIn } from '../../../solve/exec/resolve.ts';
import type { Ran } from '../inside.ts';
import { probeName } from '../probe.ts';
import { composedOf, failed, notApplicable, outside, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';

const zone = 'Europe/Berlin';
/** Moments in UTC, and what a clock in Berlin showed. */
const moments = [
  { seconds: Date.UTC(2025, 0, 1) / 1000, shows: '01:00 CET' },
  { seconds: Date.UTC(2025, 6, 1) / 1000, shows: '02:00 CEST' },
] as const;

/** A clock of another place is read, in winter and in summer. */
export async function zones(trial: Trial): Promise<Tried> {
  const { inside, request } = trial;
  const file = `usr/share/zoneinfo/${zone}`;
  if ((await inside.file(file)) === undefined) return withoutZones(trial);
  const date = await inside.program('date');
  const probe = date === undefined ? await trial.probe() : undefined;
  const by = date === undefined ? probeName : 'date, inside';
  const ask = async (seconds: number): Promise<Ran | undefined> =>
    date === undefined
      ? probe?.run(['zone', zone, `${seconds}`])
      : inside.run([date, '-d', `@${seconds}`, '+%H:%M %Z'], { env: [`TZ=${zone}`] });
  for (const { seconds, shows } of moments) {
    const ran = await ask(seconds);
    if (!ran) return fromOutside(trial, file);
    if (ran.code !== 0 || ran.stdout.trim() !== shows)
      return failed(
        `${new Date(seconds * 1000).toISOString()} is ${shows} in ${zone}, and it says otherwise`,
        by,
        ran,
      );
  }
  const version = request.packages?.find(({ name }) => name === 'tzdata')?.version;
  return passed(
    `TZ=${zone} tells winter and summer${version === undefined ? '' : `, by tzdata ${version}`}`,
    by,
  );
}

async function withoutZones({ inside, request }: Trial): Promise<Tried> {
  const left = (request.omit ?? []).find((glob) => glob.includes('zoneinfo'));
  if (left !== undefined) return notApplicable(`${left} is left out of it`);
  const { entry } = await resolveIn(inside.tree, 'usr/share/zoneinfo');
  if (composedOf(request, 'tzdata') === true || entry?.type === 'directory')
    return failed(`it is to have time zones, and there is no ${zone}`, outside);
  return notApplicable('there are no time zones in it');
}

/** RFC 8536, section 3.1: the magic of a time zone's file. */
async function fromOutside({ inside }: Trial, file: string): Promise<Tried> {
  const text = await inside.text(file);
  if (text?.startsWith('TZif') !== true) return failed(`/${file} is no time zone`, outside);
  return passed(
    `/${file} is there; nothing in it tells the time, and there is no Go here to make a program that does`,
    outside,
  );
}
