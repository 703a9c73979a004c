import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { hasFaketime, hasHosts, startHosts } from './hosts.ts';
import type { TestHost, TestHosts } from './hosts.ts';
import { describeWith, tryCall } from './program.ts';

describeWith([hasHosts, hasFaketime], 'hosts', () => {
  let fleet: TestHosts;
  let first: TestHost;
  beforeAll(async () => {
    fleet = await startHosts(['docker', { engine: 'podman', user: 'deployer', without: ['socat'] }]);
    first = host('h1');
  });
  afterAll(async () => fleet.stop());
  const host = (name: string): TestHost => {
    const found = fleet.hosts.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  const ssh = async (name: string, script: string): Promise<Exit> =>
    tryCall(['ssh', '-F', fleet.configFile, '-o', 'ConnectTimeout=2', name, script]);

  it('are reached by ssh, each with its own runtime and without the machine’s files', async () => {
    expect((await ssh('h1', 'hostname; docker ps -q; ls /home')).stdout).toBe('h1\n');
    const second = await ssh('h2', 'hostname; podman info -f "{{.Host.Security.Rootless}}"; which socat');
    expect(second.stdout).toBe('h2\ntrue\n');
  });

  it('keep their disk over a crash, and nothing else', async () => {
    const id = 'cat /proc/sys/kernel/random/boot_id';
    await ssh('h1', 'echo kept >/var/lib/kept; echo gone >/run/gone; sleep 1000 >/dev/null 2>&1 &');
    const before = await ssh('h1', id);
    await first.crash();
    expect((await ssh('h1', 'true')).code).toBe(255);
    await first.boot();
    const after = await ssh(
      'h1',
      'cat /var/lib/kept; ls /run/gone 2>/dev/null; pgrep -x sleep -a | grep 1000',
    );
    expect(after.stdout).toBe('kept\n');
    expect((await ssh('h1', id)).stdout).not.toBe(before.stdout);
    expect(Number((await ssh('h1', 'cut -d. -f1 /proc/uptime')).stdout)).toBeLessThan(300);
  });

  it('can be cut off, full, and of another time', async () => {
    await first.cut();
    expect((await ssh('h1', 'true')).stderr).toMatch(/timed out|No route/);
    await first.heal();
    await first.fillDisk();
    expect((await ssh('h1', 'head -c 99999 /dev/zero >/var/lib/more')).stderr).toContain('No space left');
    await first.freeDisk();
    await first.setClock(-7200);
    const seconds = Number((await ssh('h1', 'rm /var/lib/more; date +%s')).stdout);
    expect(Math.round((Date.now() / 1000 - seconds) / 60)).toBe(120);
    await first.setClock(0);
  });
});
