import type { InsideOptions, Ran } from '../inside.ts';
import { probeName } from '../probe.ts';
import { resolverProbe, resolverProbeName } from '../resolver-probe.ts';
import { dnsName, serverAddress, serverName } from '../service.ts';
import { failed, notApplicable, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';
import { findLibraries } from './libraries.ts';

/** Who looks names up, and how its answer is read. */
interface Looker {
  readonly by: string;
  look(name: string, options: InsideOptions): Promise<Ran>;
  /** Says that it found the address. */
  found(ran: Ran, address: RegExp): boolean;
}

const loopback = /(?:^|\s)(?:127\.0\.0\.1|::1)(?:\s|$)/;

/** `localhost` and a name are looked up in /etc/hosts, and a name that only a name server knows. */
export async function names(trial: Trial): Promise<Tried> {
  const { lookers, unasked } = await lookersOf(trial);
  if (lookers.length === 0)
    return notApplicable(
      [
        'nothing in it looks up names, and there is no Go here to make a program that does',
        ...(unasked === undefined ? [] : [unasked]),
      ].join('; '),
    );
  const hosts = [{ name: serverName, address: serverAddress }];
  const { resolver } = trial.service;
  const asked: readonly (readonly [name: string, options: InsideOptions])[] = [
    ['localhost', {}],
    [serverName, { hosts }],
    ...(resolver === undefined ? [] : [[dnsName, { resolver }] as const]),
  ];
  for (const looker of lookers) {
    for (const [name, options] of asked) {
      const ran = await looker.look(name, options);
      if (!looker.found(ran, loopback)) return failed(`${name} is not found`, looker.by, ran);
    }
  }
  const found =
    resolver === undefined
      ? 'localhost and a name of /etc/hosts are found; no name server was asked, as port 53 is not open to this user'
      : 'localhost, a name of /etc/hosts and one of a name server are found';
  return passed(
    [found, ...(unasked === undefined ? [] : [unasked])].join('; '),
    lookers.map(({ by }) => by).join('; '),
  );
}

interface Lookers {
  readonly lookers: readonly Looker[];
  /** Why the base's C library was not asked, where it should be. */
  readonly unasked?: string;
}

/** A program of the base itself; else ours, of which one asks the C library where there is glibc. */
async function lookersOf(trial: Trial): Promise<Lookers> {
  const { ctx, inside, probe } = trial;
  const own = await lookerOf(trial);
  if (own) return { lookers: [own] };
  const foundIt = (ran: Ran, address: RegExp): boolean => ran.code === 0 && address.test(ran.stdout);
  const ours = await probe();
  const go: Looker[] = ours
    ? [
        {
          by: probeName,
          look: async (name, options) => ours.run(['lookup', name], options),
          found: foundIt,
        },
      ]
    : [];
  const { loader } = await findLibraries(inside);
  if (loader === undefined || !/\/ld(?:64|-linux[^/]*|-[\d.]+)\.so/.test(loader)) return { lookers: go };
  const resolve = await resolverProbe(ctx, inside);
  return typeof resolve === 'string'
    ? { lookers: go, unasked: resolve }
    : { lookers: [...go, { by: resolverProbeName, look: resolve, found: foundIt }] };
}

async function lookerOf({ inside, service }: Trial): Promise<Looker | undefined> {
  const getent = await inside.program('getent');
  if (getent !== undefined)
    return {
      by: 'getent, inside',
      look: async (name, options) => inside.run([getent, 'hosts', name], options),
      found: (ran, address) => ran.code === 0 && address.test(ran.stdout),
    };
  const reached = (ran: Ran): boolean => ran.code === 0;
  const bash = await inside.program('bash');
  if (bash !== undefined) {
    const script = `exec 3<>"/dev/tcp/$0/${service.port}"`;
    return {
      by: 'bash, inside',
      look: async (name, options) => inside.run([bash, '-c', script, name], options),
      found: reached,
    };
  }
  for (const [program, words] of fetchers) {
    const path = await inside.program(program);
    if (path === undefined) continue;
    return {
      by: `${program}, inside`,
      look: async (name, options) =>
        inside.run([path, ...words, `http://${name}:${service.port}/`], {
          ...options,
          env: ['http_proxy=', 'HTTP_PROXY='],
        }),
      found: reached,
    };
  }
  return undefined;
}

const fetchers: readonly (readonly [program: string, words: readonly string[]])[] = [
  ['curl', ['-sS', '-o', '/dev/null']],
  ['wget', ['-q', '-O', '/dev/null']],
];
