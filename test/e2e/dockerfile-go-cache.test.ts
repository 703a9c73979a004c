/** What the go command compiled on one machine is there on another that is new, wherever the project lies there. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasGo } from '../components/go.ts';
import { startModuleProxy } from '../components/module-proxy.ts';
import type { ModuleProxy } from '../components/module-proxy.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { goBase } from './go-cache-base.ts';
import { another, builder, change, goProject, serveDep } from './go-cache-kit.ts';

const dockerfile = `FROM go AS build
ARG GOPROXY
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /app . && go version -m /app >/dev/null
FROM scratch
COPY --from=build /app /app
`;

describeWith([isRoot, hasGo, installed('busybox')], "Go's caches", () => {
  const place = sharedTempDir();
  let proxy: ModuleProxy;
  beforeAll(async () => {
    proxy = await startModuleProxy(place.directory);
    serveDep(proxy, 'dep');
  });
  afterAll(async () => {
    await proxy.stop();
    place.remove();
  });

  it('travel with --cache-mounts: nothing is downloaded again, and the image is the same', async () => {
    const base = await goBase();
    const project = await goProject({ Dockerfile: dockerfile }, proxy);
    const cache = path.join(place.directory, 'cache');
    const first = builder(base, proxy, path.join(place.directory, 'first'));
    await first.build(project, '--cache-mounts', '--cache-to', `type=local,dest=${cache}`);
    const elsewhere = another(project);
    change(elsewhere, 'one', 'two');
    const asked = proxy.requests.length;
    const second = builder(base, proxy, path.join(place.directory, 'second'));
    // With mode=min no step of the stage is known there: all of them run.
    const built = await second.build(elsewhere, '--cache-mounts', '--cache-from', `type=local,src=${cache}`);
    expect(built.said).toContain('restore cache mount GOCACHE');
    expect(proxy.requests.length).toBe(asked);
    expect(await second.output(built)).toBe('two dep');
    expect((await second.build(elsewhere, '--no-go-cache', '--no-cache')).digest).toBe(built.digest);
    // The other way round: without the flag nothing comes, and what is needed is fetched.
    const cold = builder(base, proxy, path.join(place.directory, 'cold'));
    await cold.build(elsewhere, '--cache-from', `type=local,src=${cache}`);
    expect(proxy.requests.length).toBeGreaterThan(asked);
  });
});
