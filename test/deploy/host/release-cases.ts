import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasHosts, type HostSpec } from '../../components/hosts.ts';
import { describeWith } from '../../components/program.ts';
import { confirmed, nameOf, newSpec, openHosts, until, type OpenHost } from './open-hosts.ts';

/** What the agent of a host promises of releases, on hosts of each kind. */
export function releaseCases(specs: readonly HostSpec[]): void {
  describeWith([hasHosts], 'releases on a host', () => {
    let opened: Awaited<ReturnType<typeof openHosts>>;
    beforeAll(async () => {
      opened = await openHosts(specs);
    });
    afterAll(async () => opened?.stop());

    const each = specs.map((spec, index) => [nameOf(spec), index] as const);
    const on = (index: number): OpenHost => {
      const open = opened.hosts[index];
      if (!open) throw new Error('no such host');
      return open;
    };

    test.concurrent.each(each)('%s: is confirmed, replaced and gone back to', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('api');
      expect(await agent.state()).toEqual({
        ...{ current: undefined, previous: undefined, pending: undefined, strays: [], lock: undefined },
      });
      const first = await confirmed(agent, newSpec(open, 'api'));
      await until('an answer', async () => (await answer(open, first.port)) === `${first.release.id}\n`);
      const second = await confirmed(agent, newSpec(open, 'api'));
      expect(second.slot).not.toBe(first.slot);
      await agent.retire(first.slot, 1000, 1000);
      const state = await agent.state();
      expect(state.current).toEqual(second);
      expect(state.previous).toEqual({ ...first, running: false });
      expect(state.pending).toBeUndefined();
      expect(await agent.restart(first.release.id)).toEqual(first);
      await agent.switchTo(first.release.id);
      const back = await agent.state();
      expect(back.current).toEqual(first);
      expect(back.previous).toEqual(second);
      // A kept one has a slot, but it takes the free one when it comes back.
      const third = await confirmed(agent, newSpec(open, 'api'));
      expect((await agent.restart(second.release.id)).slot).not.toBe(third.slot);
      await agent.revert('tried');
      expect((await agent.container(second.container)).running).toBe(false);
      expect((await agent.state()).current).toEqual(third);
    });

    test.concurrent.each(each)('%s: a value reaches the program and no command line', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('secret');
      const values = {
        TOKEN: 'one "two\' $three\nfour',
        EMPTY: '',
        PATH: '/bin:/not/here',
        HTTP_PROXY: 'http://nobody',
        'a.name': 'dotted value',
        value_TOKEN: 'like our own',
      };
      const watch = `while [ ! -e /tmp/seen-${index} ]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; done >/tmp/lines-${index}`;
      const watching = open.sh(watch);
      const placed = await agent.start(newSpec(open, 'secret', {}, values));
      const job = { name: 'migrate', command: ['/bin/env', '-0'], timeout: 60_000 };
      let said = '';
      const exit = await agent.job(job, newSpec(open, 'secret', {}, values), (text) => {
        said += text;
      });
      expect(exit.code).toBe(0);
      await open.sh(`touch /tmp/seen-${index}`);
      await watching;
      for (const [name, value] of Object.entries(values)) expect(said).toContain(`${name}=${value}\0`);
      const lines = await open.sh(`cat /tmp/lines-${index}`);
      expect(lines).toContain(`--name ${placed.container}`);
      expect(lines).toContain('--env TOKEN');
      for (const value of ['$three', '/not/here', 'http://nobody', 'dotted value', 'like our own'])
        expect(lines).not.toContain(value);
      expect(await open.sh(`grep -rl -e '$three' -e 'http://nobody' ${agent.facts.directory} || true`)).toBe(
        '',
      );
      await agent.revert('tried');
      const { inspect } = await agent.evidence(placed);
      expect(inspect).toContain('"image"');
      expect(inspect).not.toContain('$three');
    });

    test.concurrent.each(each)('%s: goes back by itself, with its last words kept', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('alone');
      const old = await confirmed(agent, newSpec(open, 'alone'));
      const command = ['/bin/sh', '-c', 'echo last words; exec /bin/sleep 100'];
      const placed = await agent.start(newSpec(open, 'alone', { command }));
      await agent.arm(placed, 1);
      await until('going back', async () => (await agent.state()).pending === undefined);
      expect(await agent.state()).toMatchObject({ current: old, strays: [] });
      expect((await agent.evidence(placed)).log).toContain('last words');
      await expect(agent.container(placed.container)).rejects.toMatchObject({ code: 'CONTAINER_FAILED' });
      await expect(agent.prepare(placed.release.id)).rejects.toMatchObject({ code: 'RELEASE_REVERTED' });
      await expect(agent.commit(placed.release.id)).rejects.toMatchObject({ code: 'RELEASE_REVERTED' });
      expect((await agent.history()).at(-1)).toMatchObject({
        ...{ by: 'host', what: 'revert', from: placed.release.id, to: old.release.id },
      });
    });

    test.concurrent.each(each)(
      '%s: a container that cannot start says why, and leaves nothing',
      async (_, index) => {
        const open = on(index);
        const agent = await open.agent('bad');
        const volumes = [{ source: '/not/there', target: '/data', readOnly: false }];
        const spec = newSpec(open, 'bad', { volumes });
        await expect(agent.start(spec)).rejects.toMatchObject({
          ...{ code: 'CONTAINER_FAILED', message: expect.stringContaining('/not/there') as unknown },
        });
        const missing = newSpec(open, 'bad', { command: ['/no/such/program'] });
        await expect(agent.start(missing)).rejects.toMatchObject({ code: 'CONTAINER_FAILED' });
        expect(await agent.state()).toMatchObject({ pending: undefined, strays: [] });
        // A kept one has its port for good; somebody has taken it meanwhile.
        const kept = await confirmed(agent, newSpec(open, 'bad'));
        const next = await confirmed(agent, newSpec(open, 'bad'));
        await agent.retire(kept.slot, 0, 1000);
        await open.sh(`setsid busybox nc -l -p ${kept.port} </dev/null >/dev/null 2>&1 &`);
        await expect(agent.restart(kept.release.id)).rejects.toMatchObject({ code: 'CONTAINER_FAILED' });
        expect(await agent.state()).toMatchObject({ current: next, pending: undefined, strays: [] });
        await expect(agent.restart('20200101-000000-none')).rejects.toMatchObject({
          code: 'RELEASE_UNKNOWN',
        });
      },
    );

    test.concurrent.each(each)('%s: the lock is held, told of, and puts the revert off', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('lock');
      const holder = { by: 'ana@laptop', what: 'deploy', since: 1_795_000_000_000 };
      const lock = await agent.lock(holder);
      expect((await agent.state()).lock).toEqual(holder);
      await expect(agent.lock({ ...holder, by: 'bob' })).rejects.toMatchObject({
        ...{ code: 'DEPLOY_LOCKED', message: expect.stringContaining('ana@laptop') as unknown },
      });
      const placed = await agent.start(newSpec(open, 'lock'));
      await agent.arm(placed, 2);
      const beat = async (): Promise<number> =>
        Number(await open.sh(`cat ${agent.facts.directory}/services/lock/beat`));
      const armed = await beat();
      await until('beats', async () => (await beat()) > armed + 4);
      expect((await agent.state()).pending).toMatchObject({ armed: true });
      await lock.release();
      expect(lock.lost.aborted).toBe(false);
      await until('going back', async () => (await agent.state()).pending === undefined);
      expect((await agent.state()).lock).toBeUndefined();
    });

    test.concurrent.each(each)('%s: the lock ends with its connection', async (_, index) => {
      const open = on(index);
      const other = await open.agentOf(await open.connect(), 'lost');
      const agent = await open.agent('lost');
      const lock = await other.lock({ by: 'bob', what: 'deploy', since: 1 });
      await other.remote.close();
      await until('the lock to be lost', async () => Promise.resolve(lock.lost.aborted));
      await until('the lock to be free', async () => (await agent.state()).lock === undefined);
      await (await agent.lock({ by: 'ana', what: 'deploy', since: 2 })).release();
    });
  });
}

async function answer(open: OpenHost, port: number): Promise<string> {
  const local = await open.remote.forward(port);
  const response = await fetch(`http://127.0.0.1:${local}/`).catch(() => undefined);
  return (await response?.text()) ?? '';
}
