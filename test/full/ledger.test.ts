/**
 * Eight public programs by three versions of Go for two processors, stripped and not: each sums, reaches the shares that are promised,
 * and is what its twin with symbols says. Versions of programs are such as the oldest of the three can build.
 */
import { expect, it } from 'vitest';
import { goProgram } from '../components/go-programs.ts';
import { hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { expectAgreement, expectExact, expectShares, readFile } from '../golang/ledger/judge.ts';

const programs = {
  caddy: ['github.com/caddyserver/caddy/v2', 'v2.9.1', 'cmd/caddy'],
  crane: ['github.com/google/go-containerregistry', 'v0.20.3', 'cmd/crane'],
  dive: ['github.com/wagoodman/dive', 'v0.13.1', ''],
  etcd: ['go.etcd.io/etcd/server/v3', 'v3.6.5', ''],
  frps: ['github.com/fatedier/frp', 'v0.64.0', 'cmd/frps'],
  hugo: ['github.com/gohugoio/hugo', 'v0.145.0', ''],
  prometheus: ['github.com/prometheus/prometheus', 'v0.302.1', 'cmd/prometheus'],
  rclone: ['github.com/rclone/rclone', 'v1.69.1', ''],
} as const satisfies Record<string, readonly [module: string, version: string, folder: string]>;

/** The layouts of tables: 1.20 to 1.25, 1.26, 1.27 and later. */
const versions = ['1.24.13', '1.26.8', '1.27.4'];
const processors = ['amd64', 'arm64'];

const builds = Object.entries(programs).flatMap(([name, [module, version, folder]]) =>
  versions.flatMap((goVersion) =>
    processors.map((arch) => ({
      name,
      goVersion,
      arch,
      program: { module, version, package: folder === '' ? module : `${module}/${folder}`, goVersion, arch },
    })),
  ),
);

describeWith([hasGo], 'a public program', () => {
  it.each(builds)(
    '$name by Go $goVersion for $arch is accounted for',
    async ({ program }) => {
      const twin = await goProgram({ ...program, strip: false });
      const stripped = await readFile(await goProgram({ ...program, strip: true }));
      expectExact(stripped);
      expectShares(stripped.ledger, true);
      await expectAgreement(stripped, twin);
      const unstripped = await readFile(twin);
      expectExact(unstripped);
      expectShares(unstripped.ledger, false);
      expect(unstripped.ledger.recognised).toMatchObject({ form: 'program', garbled: false, race: false });
    },
    // A cold build of the largest takes a quarter of an hour on two cores.
    2_400_000,
  );
});
