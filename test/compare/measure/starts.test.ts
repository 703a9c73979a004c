/** Programs are really started; what is asserted is that and how they became ready, never how fast. */
import { createServer } from 'node:net';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { findProbe } from '../../../src/compare/measure/find-probe.ts';
import { measureStarts } from '../../../src/compare/measure/starts.ts';
import type { FoundProbe, MeasuredImage, StartFigures } from '../../../src/compare/measure/types.ts';
import type { Measured } from '../../../src/compare/types.ts';
import type { Ctx } from '../../../src/core/ctx.ts';
import type { ContainerConfig } from '../../../src/oci/types.ts';
import { call, describeWith, installed, isRoot } from '../../components/program.ts';
import { hasGo } from '../../components/go.ts';
import { as, giveTo, homeOf } from '../../run/people.ts';
import type { File } from '../../solve/exec/files.ts';
import { containing } from '../../support/containing.ts';
import { parseJson } from '../../support/json.ts';
import { testCtx } from '../../support/ctx.ts';
import { imageOf, needy } from './needy.ts';

let program: Buffer;
beforeAll(async () => {
  if (hasGo() === undefined) program = await needy();
});

async function image(
  ctx: Ctx,
  args: readonly string[],
  more: { files?: Record<string, File>; config?: ContainerConfig } = {},
): Promise<MeasuredImage> {
  const files = { 'app/it': { text: program, mode: 0o755 }, ...more.files };
  return imageOf(ctx, files, { Entrypoint: ['/app/it', ...args], User: '65532:65532', ...more.config });
}

function valueOf(measured: Measured | undefined): number {
  if (measured && 'value' in measured) return measured.value;
  throw new Error(measured?.missing ?? 'nothing was measured');
}

describeWith([isRoot, hasGo, installed('unshare'), installed('setpriv')], 'starting images', () => {
  test('a server is found by trying, started in turn, and measured; nothing of it is left', async () => {
    const ctx = testCtx();
    const images = [await image(ctx, ['serve', '8123']), await image(ctx, ['child', '8123'])];
    const found = await findProbe(ctx, images);
    expect(found).toMatchObject({
      network: 'own',
      notes: [],
      probe: { kind: 'http', port: 8123, path: '/healthz' },
    });
    const [one, other] = await measureStarts(ctx, images, found, 3);
    expect(one?.start).toMatchObject({ of: 3 });
    expect(valueOf(one?.start)).toBeGreaterThan(0);
    expect(valueOf(one?.start)).toBeLessThan(10_000);
    // The second has a process above the server, which holds 40 MiB.
    expect(valueOf(one?.memory)).toBeGreaterThan(1024 ** 2);
    expect(valueOf(other?.memory) - valueOf(one?.memory)).toBeGreaterThan(35 * 1024 ** 2);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(ctx.home);
    const left = readdirSync('/proc').filter(
      (pid) => /^\d+$/.test(pid) && commandOf(pid).includes('/app/it'),
    );
    expect(left).toEqual([]);
  });

  test('a port that is taken on this machine does not disturb a program in its own network', async () => {
    const server = createServer((socket) => socket.end());
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, () => resolve()));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const ctx = testCtx();
    const images = [await image(ctx, ['serve', String(port)])];
    const found = await findProbe(ctx, images);
    expect(found.probe).toMatchObject({ kind: 'http', port });
    const [own] = await measureStarts(ctx, images, found, 1);
    expect(own?.failure).toBeUndefined();
    // In this machine's network it is no figure, and the program is not to blame.
    const [host] = await measureStarts(ctx, images, { ...found, network: 'host' }, 1);
    expect(host).toEqual({
      start: { missing: containing(`port ${port}`) },
      memory: { missing: containing(`port ${port}`) },
    });
  });

  test('the health page that an image names wins, and the ports that it exposes', async () => {
    const ctx = testCtx();
    const config = { Healthcheck: { Test: ['CMD', '/app/it', 'get', 'http://localhost:8124/missing'] } };
    const named = await findProbe(
      ctx,
      [await image(ctx, ['serve', '8124'], { config })],
      {},
      { timeout: 500 },
    );
    expect(named.probe).toMatchObject({ kind: 'http', port: 8124, path: '/missing' });
    const stale = { Healthcheck: { Test: ['CMD-SHELL', 'wget -q http://127.0.0.1:9/healthz || exit 1'] } };
    const other = await findProbe(ctx, [await image(ctx, ['serve', '8124'], { config: stale })]);
    expect(other.probe).toMatchObject({ kind: 'http', port: 8124, path: '/healthz' });
    const exposed = await findProbe(ctx, [
      await image(ctx, ['serve', '8125'], { config: { ExposedPorts: { '8125/tcp': {} } } }),
    ]);
    expect(exposed.probe.why).toContain('exposes');
    const said = { kind: 'tcp', port: 8125, why: 'Said.' } as const;
    const wished = await findProbe(ctx, [await image(ctx, ['serve', '8125'])], { probe: said });
    expect(wished.probe).toEqual(said);
    const [figures] = await measureStarts(ctx, [await image(ctx, ['serve', '8125'])], wished, 1);
    expect(valueOf(figures?.start)).toBeGreaterThan(0);
  });

  test('a program that ends by itself is measured to its end, and has no memory then', async () => {
    const ctx = testCtx();
    const images = [await image(ctx, ['exit', '0']), await image(ctx, ['exit', '3'])];
    const found = await findProbe(ctx, images);
    expect(found.probe).toMatchObject({ kind: 'exit', code: 0 });
    const [good, bad] = await measureStarts(ctx, images, found, 2);
    expect(valueOf(good?.start)).toBeGreaterThan(0);
    expect(good?.memory).toMatchObject({ missing: containing('ended') });
    expect(bad?.failure).toMatchObject({ phase: 'start', cause: 'The program ended with code 3.' });
    expect((await findProbe(ctx, images.slice(1))).probe).toMatchObject({ kind: 'exit', code: 3 });
  });

  test('one that neither listens nor ends cannot be measured', async () => {
    const ctx = testCtx();
    const images = [await image(ctx, ['hang'])];
    const found = await findProbe(ctx, images, {}, { timeout: 300, network: 'own' });
    expect(found.probe).toMatchObject({
      kind: 'none',
      why: containing('listened on no TCP port'),
    });
    const [figures] = await measureStarts(ctx, images, found, 3);
    expect(figures?.start).toEqual({ missing: found.probe.why });
  });

  test('an interrupt ends the program that runs', async () => {
    const ctx = testCtx();
    const images = [await image(ctx, ['hang'])];
    const probe = { kind: 'tcp', port: 8126, why: 'Said.' } as const;
    const measuring = measureStarts(ctx, images, { probe, network: 'own', notes: [] }, 1);
    setTimeout(() => ctx.abort(new Error('enough')), 700);
    await expect(measuring).rejects.toThrow('enough');
    expect(
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes('/app/it\0hang')),
    ).toEqual([]);
  });
});

describeWith(
  [isRoot, hasGo, installed('unshare'), installed('setpriv')],
  'as an ordinary user with one id',
  () => {
    test('programs have a network of their own too', async () => {
      const home = homeOf('single');
      chmodSync(path.dirname(home), 0o755);
      const { reference } = await image(testCtx({ home }), ['serve', '8127']);
      giveTo('single', home);
      const driver = path.join(import.meta.dirname, 'driver.ts');
      const enter = [
        'unshare',
        '--user',
        '--map-root-user',
        '--mount',
        process.execPath,
        '--no-warnings',
        driver,
      ];
      const { stdout } = await call(as('single', [...enter, home, reference]), {
        cwd: home,
        env: { HOME: home },
      });
      const { probe, figures } = parseJson<{ probe: FoundProbe; figures: StartFigures }>(stdout);
      expect(probe).toMatchObject({ network: 'own', notes: [], probe: { kind: 'http', port: 8127 } });
      expect(valueOf(figures.start)).toBeGreaterThan(0);
      expect(valueOf(figures.memory)).toBeGreaterThan(1024 ** 2);
    });
  },
);

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
