/** The example service from source to a running container, judged by other people's tools. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { answers } from '../components/daemon.ts';
import { freePort } from '../components/free-port.ts';
import { crane, hasGo } from '../components/go.ts';
import { call, describeWith, findProgram, installed } from '../components/program.ts';
import { hasRegistry, startRegistry } from '../components/registry.ts';
import { canRunImages, runImage } from '../components/runc.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { ociProblems } from '../support/oci-schemas/validate.ts';
import { coracleOk, ginApi } from './coracle.ts';

const { directory: root, remove } = sharedTempDir();
const env = { CORACLE_HOME: path.join(root, 'home') };
const layout = path.join(root, 'layout');
let source = '';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Record<string, string>;
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as parseJson
const document = <T>(descriptor: Descriptor): T => parseJson<T>(blob(descriptor.digest).toString());
const blob = (digest: string): Buffer => readFileSync(path.join(layout, 'blobs', digest.replace(':', '/')));

beforeAll(async () => {
  source = await ginApi(path.join(root, 'gin-api'));
  await coracleOk(
    ['build', source, '--tag', 'gin-api:test', '--output', `type=oci,tar=false,dest=${layout}`],
    { env },
  );
  return remove;
});

describeWith([], 'the image of gin-api', () => {
  it('is a layout of documents as the specification has them', () => {
    expect(ociProblems('layout', parseJson(readFileSync(path.join(layout, 'oci-layout'), 'utf8')))).toEqual(
      [],
    );
    const index = parseJson<{ manifests: Descriptor[] }>(
      readFileSync(path.join(layout, 'index.json'), 'utf8'),
    );
    expect(ociProblems('index', index)).toEqual([]);
    expect(index.manifests).toHaveLength(1);
    const manifest = document<{ config: Descriptor; layers: Descriptor[] }>(index.manifests[0] ?? fail());
    expect(ociProblems('manifest', manifest)).toEqual([]);
    expect(ociProblems('config', document(manifest.config))).toEqual([]);
    expect(manifest.layers).toHaveLength(2);
    const config = document<{ config: Record<string, unknown> }>(manifest.config);
    expect(config.config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/app/api'],
      ExposedPorts: { '8080/tcp': {} },
    });
  });
});

describeWith([installed('skopeo')], 'skopeo', () => {
  it('reads it', async () => {
    const { stdout } = await call([findProgram('skopeo') ?? '', 'inspect', `oci:${layout}:${tagOf()}`]);
    expect(parseJson<{ Os: string; Layers: string[] }>(stdout)).toMatchObject({
      Os: 'linux',
    });
  });
});

describeWith([installed('umoci')], 'umoci', () => {
  it('unpacks it', async () => {
    const bundle = path.join(tempDir(), 'bundle');
    const rootless = process.getuid?.() === 0 ? [] : ['--rootless'];
    await call([
      findProgram('umoci') ?? '',
      'unpack',
      ...rootless,
      '--image',
      `${layout}:${tagOf()}`,
      bundle,
    ]);
    expect(
      readFileSync(path.join(bundle, 'rootfs', 'app', 'api'))
        .subarray(1, 4)
        .toString(),
    ).toBe('ELF');
  });
});

describeWith([hasRegistry, hasGo], 'crane', () => {
  it('validates it in a registry', async () => {
    const registry = await startRegistry();
    onTestFinished(async () => registry.stop());
    const reference = `${registry.host}/team/gin-api:1`;
    await coracleOk(['build', source, '--tag', reference, '--push'], { env });
    const { stdout, stderr } = await call([await crane(), 'validate', '--remote', reference]);
    expect(`${stdout}${stderr}`).toContain('PASS');
  });

  it('validates an index of two platforms', async () => {
    const registry = await startRegistry();
    onTestFinished(async () => registry.stop());
    const reference = `${registry.host}/team/gin-api:2`;
    await coracleOk(
      ['build', source, '--tag', reference, '--push', '--platform', 'linux/amd64,linux/arm64'],
      { env },
    );
    await call([await crane(), 'validate', '--remote', reference]);
    const { stdout } = await call([await crane(), 'manifest', reference]);
    const index = parseJson<{ manifests: { platform: { architecture: string } }[] }>(stdout);
    expect(ociProblems('index', index)).toEqual([]);
    expect(index.manifests.map(({ platform }) => platform.architecture).sort()).toEqual(['amd64', 'arm64']);
  });
});

describeWith([canRunImages], 'its container', () => {
  it('serves, is ready, checks itself, and stops gracefully', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const running = await runImage(layout, tagOf(), {
      env: { HTTP_ADDR: `127.0.0.1:${port}`, SHUTDOWN_DELAY: '200ms', GOMEMLIMIT: '64MiB', GOMAXPROCS: '2' },
      ready: async () => answers(`${url}/readyz`, 200),
    });
    onTestFinished(async () => void (await running.stop('KILL').catch(() => undefined)));
    expect(running.process.user).toMatchObject({ uid: 65532, gid: 65532 });
    expect(running.process.env).toContain('APP_ENV=production');

    const made = await fetch(`${url}/api/v1/books`, {
      method: 'POST',
      headers: { 'X-Request-ID': 'from-the-test' },
      body: JSON.stringify({ title: 'Walden', author: 'Thoreau', year: 1854 }),
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('x-request-id')).toBe('from-the-test');
    expect(await (await fetch(`${url}/api/v1/books`)).json()).toMatchObject({ total: 1 });
    expect(await (await fetch(`${url}/`)).text()).toContain('<h1>Books</h1>');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'http_requests_total{method="POST",route="/api/v1/books",status="201"} 1',
    );
    expect(await running.exec(['/app/api', 'healthcheck'])).toBe(0);

    expect(await running.stop('TERM')).toBe(0);
    const lines = running
      .logs()
      .trim()
      .split('\n')
      .map((line) => parseJson<Record<string, unknown>>(line));
    expect(lines[0]).toMatchObject({
      msg: 'starting',
      environment: 'production',
      gomaxprocs: 2,
      gomemlimit: '67108864',
    });
    expect(lines).toContainEqual(expect.objectContaining({ request_id: 'from-the-test', status: 201 }));
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  });
});

/** The name under which the layout holds the image. */
function tagOf(): string {
  const index = parseJson<{ manifests: Descriptor[] }>(readFileSync(path.join(layout, 'index.json'), 'utf8'));
  return index.manifests[0]?.annotations?.['org.opencontainers.image.ref.name'] ?? fail();
}

function fail(): never {
  throw new Error('the layout names no image');
}
