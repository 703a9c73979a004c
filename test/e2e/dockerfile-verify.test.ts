/** A second build of the same finds what a Dockerfile makes differently each time, and leaves no trace in the first one's home. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../components/program.ts';
import { kitNeeds, openKit } from './dockerfile-kit.ts';
import type { Kit, Machine } from './dockerfile-kit.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await openKit();
});
afterAll(async () => kit.stop());

const same = `FROM BASE AS build
COPY src/ /src/
RUN mkdir /out; cat /src/* >/out/all; chown 5:6 /out
FROM BASE
COPY --from=build /out/ /out/
WORKDIR /made
`;
/** A second later the date is another. */
const dated =
  'FROM BASE\nRUN echo same >/same\nRUN sleep 1; date >/x; date >/root-log; mkdir -p /var/log; date >/var/log/it.log; chmod $(($(date +%s) % 2 + 600)) /same\n';
const files = { 'src/a': 'a\n', 'src/b': 'b\n' };

describeWith(kitNeeds, 'build --verify', () => {
  it.each(['root', 'subids', 'single'] as const)('of what is reproducible says so, for %s', async (who) => {
    const machine = kit.machine(who);
    const context = kit.context({
      ...files,
      Dockerfile: who === 'single' ? same.replace('; chown 5:6 /out', '') : same,
    });
    const built = await machine.build(context, ['--verify', '-t', 'same']);
    expect(built.differing).toEqual([]);
    expect(built.images).toHaveLength(1);
  });

  it.each(['root', 'subids', 'single'] as const)(
    'names the file and the likely cause, for %s',
    async (who) => {
      const machine = kit.machine(who);
      const built = await machine.build(kit.context({ Dockerfile: dated }), ['--verify'], { code: 1 });
      const [layer] = built.differing ?? [];
      expect(built.differing).toHaveLength(1);
      expect(layer?.what).toContain('date >/x');
      const found = new Map(layer?.differences.map((one) => [one.path, one]));
      expect(found.get('/x')?.what).toBe('content');
      expect(found.get('/x')?.cause).toMatch(/date/);
      expect(found.get('/var/log/it.log')?.cause).toMatch(/log/);
    },
  );

  it('tells people what differs', async () => {
    const exit = await kit.machine().coracle(['build', '--verify', kit.context({ Dockerfile: dated })]);
    expect(exit.code).toBe(1);
    expect(exit.stdout).toMatch(/differs .*date >\/x/);
    expect(exit.stdout).toMatch(/\/x: content; the step writes something else each time/);
    const fine = await kit
      .machine()
      .coracle(['build', '--verify', kit.context({ ...files, Dockerfile: same })]);
    expect(fine.stdout).toContain('a second build gave the same bytes');
  });

  it('leaves the home as the first build left it, and runs every step again', async () => {
    const [plain, verified] = [kit.machine(), kit.machine()];
    const context = kit.context({ ...files, Dockerfile: same });
    await plain.build(context, ['-t', 'it']);
    const built = await verified.build(context, ['-t', 'it', '--verify']);
    expect(inventory(verified)).toEqual(inventory(plain));
    expect(readdirSync(path.join(verified.home, 'tmp'))).toEqual([]);
    expect(built.stderr).toMatch(/second build: .*RUN mkdir \/out/);
    // A build that is in the cache is verified all the same, and again.
    const again = await verified.build(context, ['-t', 'it', '--verify']);
    expect(again.differing).toEqual([]);
    expect(again.unchanged).toBe(false);
  });

  it('takes base images from the store: the registry gives no layer twice', async () => {
    const before = kit.registry.log().length;
    await kit.machine().build(kit.context({ ...files, Dockerfile: same }), ['--verify']);
    const layers =
      kit.registry
        .log()
        .slice(before)
        .match(/"GET \/v2\/base\/blobs\/[^"]*" 200/g) ?? [];
    expect(layers).toHaveLength(new Set(layers).size);
  });

  it('of standard input is refused, as it can be read once only', async () => {
    const exit = await kit.machine().coracle(['build', '--verify', '-']);
    expect(exit.code).toBe(2);
    expect(exit.stderr).toContain('--verify builds twice');
  });
});

/** All that lasts in a store, with the sizes of blobs. */
function inventory({ home }: Machine): string[] {
  const store = path.join(home, 'store');
  return readdirSync(store, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(blobs|refs|layers\/[^/]+$)/.test(file))
    .map((file) => {
      const stat = statSync(path.join(store, file));
      return `${file} ${stat.isFile() ? stat.size : ''}`;
    })
    .filter((line) => !line.startsWith('refs/'))
    .sort();
}
