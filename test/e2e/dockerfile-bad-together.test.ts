/** Bad days with others: builds side by side, builds that are killed, homes that vanish or cannot be written, machines that refuse. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeTree } from '../../src/core/temp.ts';
import { describeWith, tryCall } from '../components/program.ts';
import { parseJson } from '../support/json.ts';
import { program } from './coracle.ts';
import { kitNeeds, openKit } from './dockerfile-kit.ts';
import type { Kit } from './dockerfile-kit.ts';
import { killDockerfileBuilds } from './killing-dockerfiles.ts';
import { digestOf } from './project.ts';
import { leftovers } from './tiny.ts';

const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;

describeWith(kitNeeds, 'builds', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await openKit();
  });
  afterAll(async () => kit.stop());

  /** Each of two builds writes its name into a cache mount, waits for the other's, and keeps what it saw. */
  const sharer = (sharing: string, name: string, patience: number): string =>
    kit.context({
      Dockerfile: `FROM BASE
RUN --mount=type=cache,target=/c,id=${sharing},sharing=${sharing} echo x >/c/${name}; n=0; while [ $n -lt ${patience} ] && [ "$(ls /c | wc -l)" -lt 2 ]; do sleep 0.1; n=$((n+1)); done; ls /c >/seen; ${sharing === 'shared' ? 'true' : `rm /c/${name}`}
`,
    });

  it.each([
    ['shared', [2, 2], 600],
    ['private', [1, 1], 15],
    ['locked', [1, 1], 15],
  ] as const)(
    'that write one cache mount with sharing=%s see what they should',
    async (sharing, counts, patience) => {
      const machine = kit.machine();
      const seen = await Promise.all(
        ['a', 'b'].map(async (name) => {
          const image = `${sharing}-${name}`;
          await machine.build(sharer(sharing, name, patience), ['-t', image]);
          const { stdout } = await machine.coracle(['run', image, '--', 'cat', '/seen']);
          return stdout.trim().split('\n').length;
        }),
      );
      expect(seen).toEqual(counts);
      expect(leftovers(machine.home)).toEqual([]);
    },
  );

  it('of the same thing at once give the same', async () => {
    const machine = kit.machine();
    const context = kit.context({
      file: 'x',
      Dockerfile:
        'FROM BASE\nCOPY file /\nRUN seq 1 100000 >/numbers\nRUN sha256sum /numbers >/sum 2>/dev/null || true\n',
    });
    const alone = digestOf(await kit.machine().build(context));
    const built = await Promise.all([1, 2, 3].map(async () => machine.build(context)));
    expect(built.map(digestOf)).toEqual([alone, alone, alone]);
    expect(leftovers(machine.home)).toEqual([]);
  });

  it('that are killed leave nothing that changes the next', async () => {
    await killDockerfileBuilds(kit, 5);
  }, 600_000);

  it('only take longer when parts of their home are gone, or all of it', async () => {
    const machine = kit.machine();
    const context = kit.context({
      file: 'x',
      Dockerfile:
        'FROM BASE AS made\nRUN --mount=type=cache,target=/c echo made >/c/x; cp /c/x /made\nFROM BASE\nCOPY file /\nCOPY --from=made /made /\n',
    });
    const digest = digestOf(await machine.build(context));
    const parts = ['store/blobs', 'store/layers', 'store/cache', 'store/refs', 'store', 'sandbox', ''];
    for (const part of parts) {
      await removeTree(path.join(machine.home, part));
      expect([part, digestOf(await machine.build(context))]).toEqual([part, digest]);
    }
    // One layer in one form each, wherever it is.
    for (const folder of ['store/layers', 'store/blobs/sha256'])
      for (const name of readdirSync(path.join(machine.home, folder))) {
        rmSync(path.join(machine.home, folder, name), { recursive: true });
        expect([name, digestOf(await machine.build(context))]).toEqual([name, digest]);
      }
  });

  it('say that their home cannot be written, and where it is', async () => {
    const machine = kit.machine();
    const context = kit.context({ Dockerfile: 'FROM BASE\nRUN true\n' });
    mkdirSync(machine.home);
    chmodSync(machine.home, 0o755);
    const exit = await tryCall([...nobody, program, 'build', context], {
      env: { CORACLE_HOME: machine.home, HOME: '/' },
      cwd: '/',
    });
    expect(exit.code).toBe(3);
    expect(exit.stderr).toMatch(/\[(STORE|FILE)_UNWRITABLE\]/);
    expect(exit.stderr).toContain(machine.home);
    expect(exit.stderr).toContain('CORACLE_HOME');
    const readOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const frozen = ['unshare', '--mount', 'sh', '-c', readOnly, machine.home, program] as const;
    const env = { CORACLE_HOME: machine.home };
    const build = await tryCall([...frozen, 'build', context], { env });
    expect([build.code, build.stderr]).toEqual([3, expect.stringMatching(/\[(STORE|FILE)_UNWRITABLE\]/)]);
    const doctor = await tryCall([...frozen, 'doctor'], { env });
    expect(doctor.stdout + doctor.stderr).toMatch(/home .*cannot be written/);
  });
});

describeWith(kitNeeds, 'a machine', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await openKit();
  });
  afterAll(async () => kit.stop());

  const place = (): string => {
    const home = mkdtempSync(path.join(kit.root, 'refused-'));
    chownSync(home, 65_534, 65_534);
    return home;
  };

  it('without user namespaces says so before and during a build, and builds what has no steps', async () => {
    const home = place();
    // A user namespace of its own, with all ids, in which no other may be made: the limit belongs to it alone.
    const refusing = async (...args: string[]) =>
      tryCall(
        [
          'sh',
          '-c',
          `unshare --user sleep 60 & helper=$!
           until [ "$(readlink /proc/$helper/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
           echo '0 0 4294967295' >/proc/$helper/uid_map; echo '0 0 4294967295' >/proc/$helper/gid_map
           nsenter --target $helper --user --preserve-credentials sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh "$@"
           code=$?; kill $helper; exit $code`,
          'sh',
          ...nobody,
          program,
          ...args,
        ],
        { env: { CORACLE_HOME: home, HOME: home }, cwd: '/' },
      );
    const doctor = await refusing('doctor');
    expect(doctor.stdout).toMatch(/user\.max_user_namespaces is 0/);
    expect(doctor.stdout).toMatch(/sysctl user\.max_user_namespaces=/);
    const steps = await refusing('build', kit.context({ Dockerfile: 'FROM BASE\nRUN true\n' }));
    expect([steps.code, steps.stderr]).toEqual([3, expect.stringContaining('[SANDBOX_UNAVAILABLE]')]);
    expect(steps.stderr).toContain('user.max_user_namespaces is 0');
    expect(steps.stderr).toMatch(/^hint: .*sysctl/m);
    const copies = await refusing(
      'build',
      kit.context({ Dockerfile: 'FROM BASE\nCOPY file /\n', file: 'x' }),
    );
    expect([copies.code, copies.stderr]).toEqual([0, expect.any(String)]);
  });

  it('without overlayfs copies, says so, and builds the same', async () => {
    const context = kit.context({
      Dockerfile: 'FROM BASE\nRUN echo one >/one; rm /etc/group; mkdir /etc/more\nRUN echo two >>/one\n',
    });
    const digest = digestOf(await kit.machine().build(context));
    const home = place();
    // As in a container: what lies on an overlay cannot be the upper directory of another, and takes no whiteouts.
    const script = `set -e; cd "$0"; mkdir lower upper work merged
      mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged
      export CORACLE_HOME="$0/merged/home"; "$@" build --json --progress=plain "${context}"; "$@" doctor >&2`;
    const exit = await tryCall(['unshare', '--mount', 'sh', '-c', script, home, program]);
    expect(`${exit.code} ${exit.stderr}`).toMatch(/^0 [^]*overlayfs cannot be used here/);
    expect(exit.stderr).toMatch(/^(--|!!) overlayfs +.*could not mount/m);
    expect(digestOf(parseJson(exit.stdout))).toBe(digest);
  });

  it('without subordinate ids says what it cannot keep, and doctor says it before', async () => {
    const machine = kit.machine('single');
    const doctor = await machine.coracle(['doctor']);
    expect(doctor.stdout).toMatch(/ids .*one|single|subordinate/);
    const plain = kit.context({ Dockerfile: 'FROM BASE\nRUN echo x >/x\n' });
    expect((await machine.build(plain)).stderr).toMatch(/no subordinate ids/);
    const other = kit.context({ Dockerfile: 'FROM BASE\nUSER app\nRUN true\n' });
    const exit = await machine.coracle(['build', '--progress=plain', other]);
    expect(exit.code).toBe(3);
    expect(exit.stderr).toMatch(/\[SANDBOX_UNAVAILABLE\]/);
    expect(exit.stderr).toMatch(/^hint: .*subuid/m);
  });

  it('that is a default container builds the same with --sandbox chroot, and says what is lost', async () => {
    const context = kit.context({
      file: 'x',
      Dockerfile: `FROM BASE
COPY file /
RUN --mount=type=cache,target=/c --mount=type=secret,id=s echo made >/c/x; cp /c/x /made; chmod 4755 /made; chown 7:8 /made; ln /made /link
RUN mkdir -p /d/e && ln -s ../file /d/e/l && rm -r /etc/group
`,
    });
    const flags = ['--secret', 'id=s,env=S'];
    const env = { S: 'geheim' };
    const digest = digestOf(await kit.machine().build(context, flags, { env }));
    const home = mkdtempSync(path.join(kit.root, 'contained-'));
    // What Docker gives to root in a container: these and no more, and nothing to mount with.
    const fourteen =
      '+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap,+net_bind_service,+sys_chroot,+kill,+audit_write';
    const contained = ['setpriv', `--bounding-set=-all,${fourteen}`, '--inh-caps=-all', program] as const;
    const exit = await tryCall(
      [...contained, 'build', '--json', '--progress=plain', '--sandbox', 'chroot', ...flags, context],
      { env: { CORACLE_HOME: home, ...env } },
    );
    expect(`${exit.code} ${exit.stderr}`).toMatch(/^0 /);
    expect(exit.stderr).toMatch(/warning: /);
    expect(digestOf(parseJson(exit.stdout))).toBe(digest);
    const without = await tryCall([...contained, 'build', '--no-cache', context], {
      env: { CORACLE_HOME: home, ...env },
    });
    expect(without.code).not.toBe(0);
    expect(without.stderr).toContain('--sandbox chroot');
  });
});
