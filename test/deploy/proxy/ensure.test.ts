import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { debianSource } from '../../../src/base/debian/source.ts';
import { openAgent } from '../../../src/deploy/host/agent.ts';
import { ensureProxy } from '../../../src/deploy/proxy/ensure.ts';
import { removeFromProxy } from '../../../src/deploy/proxy/remove.ts';
import type { DeploySettings, ProxySettings } from '../../../src/deploy/types.ts';
import type { ProxySocket } from '../../../src/proxy/types.ts';
import { connectHost } from '../../../src/remote/connect.ts';
import type { Remote } from '../../../src/remote/types.ts';
import { testCacheRoot } from '../../components/cache.ts';
import { hasHosts, startHosts } from '../../components/hosts.ts';
import type { TestHost, TestHosts } from '../../components/hosts.ts';
import { call, describeWith, installed } from '../../components/program.ts';
import { testCtx } from '../../support/ctx.ts';
import type { TestCtx } from '../../support/ctx.ts';
import { settingsOf } from './settings.ts';

describeWith([hasHosts, installed('openssl')], 'the proxy of a host', () => {
  let fleet: TestHosts;
  let host: TestHost;
  let remote: Remote;
  let ctx: TestCtx;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'coracle-test-'));
    // Packages and the image that is made of them are kept between runs.
    ctx = testCtx({ home: path.join(testCacheRoot, 'proxy-home') });
    await debianSource(ctx, {});
    // A user who is not root has the harder case: the proxy's files are not the container's.
    fleet = await startHosts([{ engine: 'docker', user: 'deployer' }]);
    const [only] = fleet.hosts;
    if (!only) throw new Error('no host');
    host = only;
    remote = await connectHost(
      ctx,
      { name: 'h1', address: 'h1', labels: {}, roles: [] },
      { configFile: fleet.configFile },
    );
  });
  afterAll(async () => {
    await remote.close();
    await fleet.stop();
    await rm(home, { recursive: true, force: true });
  });

  const ensure = async (settings: DeploySettings): Promise<ProxySocket> =>
    ensureProxy(ctx, { remote, agent: await openAgent(ctx, remote, settings.service) }, settings);
  /** What was said of it: `started`, `reloaded` …; empty when nothing had to be done. */
  const notes = async (settings: DeploySettings): Promise<string[]> => {
    ctx.events.length = 0;
    await ensure(settings);
    return ctx.events.flatMap((event) =>
      event.kind === 'step' && event.note !== undefined ? [event.note] : [],
    );
  };
  const sh = async (script: string): Promise<string> => {
    const exit = await host.exec(['sh', '-c', script]);
    if (exit.code !== 0) throw new Error(`${script}: ${exit.stderr}`);
    return exit.stdout;
  };
  const status = async (name: string): Promise<string> =>
    sh(`curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${name}' http://127.0.0.1:80/`);

  test('is started once, and left alone after', async () => {
    expect(await notes(settingsOf('shop', { domains: ['shop.test'] }))).toEqual(['started']);
    expect(await notes(settingsOf('shop', { domains: ['shop.test'] }))).toEqual([]);
    const inspected = await sh(
      "docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}}' coracle-proxy",
    );
    expect(inspected.trim()).toBe('true [ALL] [no-new-privileges label=disable] unless-stopped');
    expect(await sh("ps -o user= -C haproxy | sort -u | tr -d ' \\n'")).toMatch(/65532/);
    expect([await status('shop.test'), await status('other.test')]).toEqual(['503', '404']);
  });

  test('a second service is added by one reload, which the slots of the first live through', async () => {
    const shop = await ensure(settingsOf('shop', { domains: ['shop.test'] }));
    await shop.set(
      'shop',
      { slot: 'a', port: 31_000, weight: 60, state: 'ready' },
      { slot: 'b', port: 31_001, weight: 40, state: 'ready' },
    );
    const before = await shop.slots('shop');
    expect(await notes(settingsOf('api', { domains: ['api.test'] }))).toEqual(['reloaded']);
    expect(await shop.slots('shop')).toEqual(before);
    expect(await status('api.test')).toBe('503');
    await sh('docker restart coracle-proxy && sleep 1');
    // Of what nobody has confirmed nothing is left.
    expect(await (await ensure(settingsOf('shop', { domains: ['shop.test'] }))).slots('shop')).toEqual([
      { slot: 'a', port: 0, weight: 0, state: 'maint' },
      { slot: 'b', port: 0, weight: 0, state: 'maint' },
    ]);
  });

  test('another domain needs no reload', async () => {
    expect(await status('www.api.test')).toBe('404');
    expect(await notes(settingsOf('api', { domains: ['api.test', 'www.api.test'] }))).toEqual([
      'changed without a reload',
    ]);
    expect(await status('www.api.test')).toBe('503');
  });

  test('what another service has is refused, and so are other ports', async () => {
    await expect(ensure(settingsOf('thief', { domains: ['api.test'] }))).rejects.toMatchObject({
      code: 'PROXY_FAILED',
      message: 'api on h1 has api.test/ already',
    });
    const other = settingsOf('thief', { domains: ['thief.test'] }, { httpPort: 8080 });
    await expect(ensure(other)).rejects.toThrow(/is shared with/);
  });

  test('a configuration that it does not take changes nothing', async () => {
    const directory = '~deployer/.local/state/coracle/proxy';
    await sh(`echo nonsense > ${directory}/haproxy.d/zz.cfg`);
    const sums = `cd ${directory} && sha256sum haproxy.d/* maps/* services/*`;
    const files = await sh(sums);
    await expect(ensure(settingsOf('long', { domains: ['long.test'] }))).rejects.toMatchObject({
      code: 'PROXY_FAILED',
    });
    expect(await sh(sums)).toBe(files);
    await sh(`rm ${directory}/haproxy.d/zz.cfg`);
    expect(await notes(settingsOf('api', { domains: ['api.test', 'www.api.test'] }))).toEqual([]);
  });

  test('a port that somebody else has is told with its holder', async () => {
    await host.exec([
      'sh',
      '-c',
      'socat TCP-LISTEN:443,fork,reuseaddr /dev/null >/dev/null 2>&1 & echo $! >/tmp/holder; sleep 0.3',
    ]);
    const tls = await certificateFiles(home, 'api.test', 'first');
    const secure = settingsOf('api', { domains: ['api.test'] }, { tls });
    await expect(ensure(secure)).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' });
    await expect(ensure(secure)).rejects.toThrow(/^port 443 of h1 is held by /);
    await sh('kill $(cat /tmp/holder)');
  });

  test('certificates of files are served, and swapped without a reload', async () => {
    const first = await certificateFiles(home, 'api.test', 'first');
    const settings = (tls: ProxySettings['tls']): DeploySettings =>
      settingsOf('api', { domains: ['api.test'] }, { tls });
    expect(await notes(settings(first))).toEqual(['reloaded']);
    expect(await organisation(host, 'api.test')).toBe('first');
    const key = '~deployer/.local/state/coracle/proxy/certificates/api.pem';
    expect((await sh(`stat -c '%a %U' ${key}`)).trim()).toBe('600 deployer');
    const worker = await sh('pgrep -u 65532 haproxy');
    expect(await notes(settings(await certificateFiles(home, 'api.test', 'second')))).toEqual([
      'changed without a reload',
    ]);
    expect(await organisation(host, 'api.test')).toBe('second');
    expect(await sh('pgrep -u 65532 haproxy')).toBe(worker);
    // Plain requests are sent there; nobody else's name is answered with this certificate.
    expect(await status('api.test')).toBe('308');
    await expect(organisation(host, 'shop.test')).rejects.toThrow(/alert|disconnected|unrecognized/i);
  });

  test('a certificate for other names, or over, is refused before anything is changed', async () => {
    const tls = await certificateFiles(home, 'else.test', 'third');
    await expect(ensure(settingsOf('api', { domains: ['api.test'] }, { tls }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  test('a service goes, the others stay, and the last one takes the proxy with it', async () => {
    const agent = await openAgent(ctx, remote, 'api');
    expect(await removeFromProxy({ remote, agent }, 'api')).toBe(true);
    expect([await status('api.test'), await status('shop.test')]).toEqual(['404', '503']);
    expect(await removeFromProxy({ remote, agent }, 'api')).toBe(false);
    expect(await removeFromProxy({ remote, agent }, 'shop')).toBe(true);
    expect(await sh('docker ps -aq')).toBe('');
    expect(await notes(settingsOf('shop', { domains: ['shop.test'] }))).toEqual(['started']);
  });
});

/** A certificate that nobody signed, whose organisation tells which it is. */
async function certificateFiles(
  directory: string,
  domain: string,
  name: string,
): Promise<Extract<ProxySettings['tls'], { mode: 'files' }>> {
  const certificate = path.join(directory, `${name}.crt`);
  const key = path.join(directory, `${name}.key`);
  await access(certificate).catch(async () =>
    call([
      ...([
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
      ] as const),
      ...['-days', '30', '-subj', `/O=${name}`, '-addext', `subjectAltName=DNS:${domain}`],
      ...['-keyout', key, '-out', certificate],
    ]),
  );
  await writeFile(path.join(directory, 'made'), name);
  return { mode: 'files', certificate, key };
}

/** Of the certificate that the host shows for a name. */
async function organisation(host: TestHost, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: host.address, port: 443, servername: name, rejectUnauthorized: false },
      () => {
        resolve(String(socket.getPeerCertificate().subject.O));
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}
