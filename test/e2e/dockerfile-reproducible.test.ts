/** Same context and base, same digest: where, when, by whom and on what disk a Dockerfile is built does not show. */
import { chmodSync, lutimesSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, describeWith, installed } from '../components/program.ts';
import { blobFile } from '../components/registry.ts';
import { git } from './coracle.ts';
import { kitNeeds, openKit } from './dockerfile-kit.ts';
import type { Kit } from './dockerfile-kit.ts';
import { digestOf } from './project.ts';
import { write } from './tiny.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await openKit();
});
afterAll(async () => kit.stop());

const names = ['zebra', 'apple', 'b/deep/file', 'B/other', 'ünïcode', '.hidden'];
const sources = Object.fromEntries(names.map((name) => [`src/${name}`, `content of ${name}\n`]));

const copies = `FROM BASE AS parts
COPY --chown=1000:1000 src/b/ /b/
FROM BASE
WORKDIR /srv/app
COPY . .
COPY --from=parts --chmod=600 /b/ /parts/
COPY <<EOF /etc/motd
hello
EOF
LABEL b=2 a=1
EXPOSE 80 22
`;
/** Deterministic commands that make files of every time, and read what they find. */
const runs = `FROM BASE
COPY . /src/
RUN ls -A /src/src >/names; cat /src/src/apple >/copy; mkdir -p /made/by/run; touch /made/now; touch -d '2001-01-01 00:00:00' /made/old; \\
    rm /etc/release; ln -s /nowhere /made/link; ln /copy /made/hard; chmod 4755 /made/now
RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t date >/c/date; date >/t/date; date >/tmp/date; rm /tmp/date
USER app
RUN id -u >/tmp/who
`;

/** The same files as any other copy of them, made in another order, at other times. */
function copyOf(
  dockerfile: string,
  { reverse = false, time }: { reverse?: boolean; time?: number } = {},
): string {
  const context = kit.context({ Dockerfile: dockerfile });
  const list = Object.entries(sources);
  for (const [name, content] of reverse ? list.toReversed() : list) write(context, { [name]: content });
  // A copy has the modes that the project has; what umask gave is not the project's.
  for (const file of readdirSync(context, { recursive: true, encoding: 'utf8' })) {
    const place = path.join(context, file);
    chmodSync(place, statSync(place).isDirectory() ? 0o755 : 0o644);
    if (time !== undefined) utimesSync(place, time, time);
  }
  if (time !== undefined) lutimesSync(context, time, time);
  return context;
}

describeWith(kitNeeds, 'the same context and base', () => {
  it.each([
    ['without RUN', copies],
    ['with RUN', runs],
  ])(
    '%s give the same digest in any place, at any time, in any order, for any user',
    async (_, dockerfile) => {
      const first = digestOf(await kit.machine().build(copyOf(dockerfile)));
      const elsewhere = copyOf(dockerfile, { reverse: true, time: 1_234_567_890 });
      const digests: string[] = [];
      digests.push(digestOf(await kit.machine().build(elsewhere)));
      digests.push(digestOf(await kit.machine('subids').build(copyOf(dockerfile, { time: 2_000_000_000 }))));
      if (dockerfile === copies)
        digests.push(digestOf(await kit.machine('single').build(copyOf(dockerfile))));
      // A second build of the same machine, with nothing remembered.
      const machine = kit.machine();
      await machine.build(elsewhere);
      digests.push(digestOf(await machine.build(elsewhere, ['--no-cache'])));
      expect(new Set(digests)).toEqual(new Set([first]));
    },
  );

  it('give the same digest under any umask and locale, time zone and host name', async () => {
    const [first, second] = [copyOf(runs), copyOf(runs)];
    const digest = digestOf(await kit.machine().build(first));
    const home = path.join(kit.root, 'odd-home');
    const { stdout } = await call([
      'unshare',
      '--uts',
      'sh',
      '-c',
      'hostname other-host; umask 077; exec "$0" "$@"',
      'env',
      'LC_ALL=tr_TR.UTF-8',
      'TZ=Asia/Kathmandu',
      `CORACLE_HOME=${home}`,
      ...invocation(second),
    ]);
    expect(stdout).toContain(digest);
  });

  it('give the same digest when the other parts of the machine are busy with it at the same time', async () => {
    const context = copyOf(copies);
    const built = await Promise.all([0, 1, 2].map(async () => kit.machine().build(context)));
    expect(new Set(built.map(digestOf)).size).toBe(1);
  });

  it('give layers without the names and paths of this machine', async () => {
    const app = `${kit.registry.host}/plain`;
    const built = await kit.machine().build(copyOf(runs), ['-t', `${app}:1`, '--push']);
    const { hostname } = await import('node:os');
    const own = built.images[0]?.platforms[0]?.layers.slice(1) ?? [];
    for (const { digest } of own) {
      const { stdout } = await call([
        'sh',
        '-c',
        `gzip -dc <${blobFile(kit.registry, digest)} | tr -c '[:print:]' '\\n'`,
      ]);
      expect(stdout).not.toContain(kit.root);
      expect(stdout).not.toContain(hostname());
    }
  });
});

describeWith([...kitNeeds, installed('tar')], 'times', () => {
  const dockerfile = 'FROM scratch\nCOPY src/apple src/zebra /\nWORKDIR /made\n';

  async function timesOf(
    context: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<number[]> {
    const out = path.join(kit.root, `times-${++count}.tar`);
    await kit.machine().build(context, ['-o', `type=tar,dest=${out}`, ...args], { env });
    const { stdout } = await call(['tar', '--list', '--verbose', '--full-time', '--utc', '--file', out]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => Date.parse(`${/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(line)?.[0] ?? ''}Z`) / 1000);
  }
  let count = 0;

  it('are SOURCE_DATE_EPOCH, as a variable or an argument, for all that the build made', async () => {
    const context = copyOf(dockerfile, { time: 2_000_000_000 });
    expect(new Set(await timesOf(context, [], { SOURCE_DATE_EPOCH: '1500000000' }))).toEqual(
      new Set([1_500_000_000]),
    );
    expect(new Set(await timesOf(context, ['--build-arg', 'SOURCE_DATE_EPOCH=1600000000']))).toEqual(
      new Set([1_600_000_000]),
    );
  });

  it('are the commit, else 1970', async () => {
    const context = copyOf(dockerfile);
    expect(new Set(await timesOf(context, []))).toEqual(new Set([0]));
    await git(context, 'init', '--quiet');
    await git(context, 'add', '.');
    await git(context, 'commit', '--quiet', '--message=first');
    expect(new Set(await timesOf(context, []))).toEqual(new Set([Date.parse('2026-01-02T03:04:05Z') / 1000]));
    // A change that is not committed does not change the time, so only its own layer is another.
    const before = await kit.machine().build(context);
    writeFileSync(path.join(context, 'src/apple'), 'changed\n');
    const after = await kit.machine().build(context);
    const layers = [before, after].map(
      (built) => built.images[0]?.platforms[0]?.layers.map(({ digest }) => digest) ?? [],
    );
    expect(layers[0]?.[0]).not.toBe(layers[1]?.[0]);
    expect(layers[0]?.[1]).toBe(layers[1]?.[1]);
  });

  it('of a base are never later than the epoch in what is added, and untouched in the base itself', async () => {
    const first = await kit
      .machine()
      .build(copyOf('FROM BASE\nRUN true >/x\n'), [], { env: { SOURCE_DATE_EPOCH: '100' } });
    const second = await kit
      .machine()
      .build(copyOf('FROM BASE\nRUN true >/x\n'), [], { env: { SOURCE_DATE_EPOCH: '200' } });
    const layers = [first, second].map(
      (built) => built.images[0]?.platforms[0]?.layers.map(({ digest }) => digest) ?? [],
    );
    expect(layers[0]?.[0]).toBe(layers[1]?.[0]);
    expect(layers[0]?.[1]).not.toBe(layers[1]?.[1]);
  });

  it('stay what they are with --keep-timestamps', async () => {
    const context = copyOf(dockerfile, { time: 1_700_000_001 });
    const times = await timesOf(context, ['--keep-timestamps']);
    expect(times.filter((time) => time === 1_700_000_001)).toHaveLength(2);
    // The directory that the build made has the time at which it did.
    expect(times.some((time) => time > 1_750_000_000)).toBe(true);
    const touched = copyOf(dockerfile, { time: 1_700_000_002 });
    expect(await timesOf(touched, ['--keep-timestamps'])).toContain(1_700_000_002);
  });
});

function invocation(context: string): string[] {
  return [path.join(import.meta.dirname, '..', '..', 'coracle'), 'build', '--json', context];
}
