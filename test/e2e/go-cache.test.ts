/** The traps that Go's caches in Dockerfile stages must not fall into: real Go, in the real sandbox. */
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goCommand, hasGo } from '../components/go.ts';
import { startModuleProxy, type ModuleProxy } from '../components/module-proxy.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { goBase } from './go-cache-base.ts';
import { another, builder, change, goProject, serveDep, type Builder } from './go-cache-kit.ts';

const keeps = 'GOMODCACHE and GOCACHE are kept between builds';
const again = "its share of Go's caches is gone";

/** Two stages; the second takes `/app`. */
const twoStages = (steps: string, rest = 'COPY --from=build /app /app'): string =>
  `FROM go AS build\nARG GOPROXY\nWORKDIR /src\n${steps}\nFROM scratch\n${rest}\n`;

const classic = twoStages(`COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /app .`);

describeWith([isRoot, hasGo, installed('busybox')], "Go's caches", () => {
  const place = sharedTempDir();
  let proxy: ModuleProxy;
  let on: Builder;
  beforeAll(async () => {
    proxy = await startModuleProxy(place.directory);
    serveDep(proxy, 'dep');
    on = builder(await goBase(), proxy, path.join(place.directory, 'home'));
  });
  afterAll(async () => {
    await proxy.stop();
    place.remove();
  });

  it('are there for the next build, which gives the image that it would give without', async () => {
    const project = await goProject({ Dockerfile: classic }, proxy);
    const first = await on.same(project);
    expect(first.said.split(keeps)).toHaveLength(2); // once for the stage
    change(project, 'one', 'two');
    const asked = proxy.requests.length;
    const second = await on.build(project);
    expect(await on.output(second)).toBe('two dep');
    expect(second.said).toContain(keeps);
    expect(second.said).not.toContain(again);
    expect(proxy.requests.length).toBe(asked);
    expect((await on.build(project, '--no-go-cache', '-t', 'without')).digest).toBe(second.digest);
  });

  it('are filled again by the step whose share is gone, when a later step cannot go without', async () => {
    const steps = classic.replace('RUN CGO', 'RUN --network=none CGO');
    const project = await goProject({ Dockerfile: steps }, proxy);
    await on.build(project);
    rmSync(path.join(on.home, 'store/cache-mounts'), { recursive: true });
    change(project, 'one', 'two');
    const { said, ...built } = await on.build(project);
    expect(said).toContain(`${again}, so this runs again first: go mod download`);
    expect(await on.output({ said, ...built })).toBe('two dep');
  });

  it('never hold what a secret was needed for', async () => {
    const steps = `COPY go.mod go.sum ./
RUN --mount=type=secret,id=proxy GOPROXY=$(cat /run/secrets/proxy) go mod download
COPY . .
RUN --network=none CGO_ENABLED=0 go build -o /app .`;
    const project = await goProject({ Dockerfile: twoStages(steps) }, proxy);
    const secret = path.join(tempDir(), 'proxy');
    writeFileSync(secret, proxy.url);
    const before = on.kept().length;
    const args = ['--build-arg', 'GOPROXY=off', '--secret', `id=proxy,src=${secret}`];
    const built = await on.same(project, ...args);
    expect(built.said).toContain(keeps);
    expect(on.kept().length).toBeGreaterThan(before);
    // What is above the layer with the secret's modules has none of them.
    expect(on.kept().filter((file) => file.includes('-over/') && file.includes('/dep@v1.0.0'))).toEqual([]);
    change(project, 'one', 'two');
    expect(await on.output(await on.same(project, ...args))).toBe('two dep');
    change(project, 'go 1.24', 'go 1.25', 'go.mod');
    await expect(on.build(project, '--build-arg', 'GOPROXY=off')).rejects.toThrow('go mod download');
  });

  it('show the modules that the base has', async () => {
    const project = await goProject({}, proxy);
    const modcache = path.join(project, 'modcache');
    await goCommand(['mod', 'download'], {
      cwd: project,
      env: { GOPROXY: proxy.url, GOSUMDB: 'off', GOFLAGS: '-modcacherw', GOMODCACHE: modcache },
    });
    const steps = `COPY modcache /go/pkg/mod/
COPY go.mod go.sum main.go ./
RUN --network=none go mod download
RUN --network=none CGO_ENABLED=0 go build -o /app .`;
    writeFileSync(path.join(project, 'Dockerfile'), twoStages(steps));
    const first = await on.same(project);
    expect(first.said).toContain(keeps);
    change(project, 'one', 'two');
    expect(await on.output(await on.same(project))).toBe('two dep');
  });

  it('never meet a changed header of assembly or C', async () => {
    const project = await goProject({
      Dockerfile: twoStages('COPY . .\nRUN CGO_ENABLED=0 go build -o /app .'),
      'main.go': 'package main\n\nfunc value() int\n\nfunc main() { println(value()) }\n',
      'value_amd64.s':
        '#include "../src/inc/value.h"\nTEXT ·value(SB),4,$0-8\n\tMOVQ $VALUE, ret+0(FP)\n\tRET\n',
      'inc/value.h': '#define VALUE 1\n',
    });
    expect(await on.output(await on.build(project))).toBe('1');
    change(project, 'VALUE 1', 'VALUE 2', 'inc/value.h');
    expect(await on.output(await on.build(project))).toBe('2');
  });

  it('give no results of tests', async () => {
    const project = await goProject({
      Dockerfile: twoStages(
        'COPY . .\nRUN CGO_ENABLED=0 go test ./lib && go build -o /app .',
        'COPY --from=build /app /ran /',
      ),
      'lib/lib.go': 'package lib\n',
      'lib/lib_test.go':
        'package lib\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestRuns(*testing.T) { os.WriteFile("/ran", nil, 0o644) }\n',
    });
    await on.build(project);
    change(project, 'one', 'two');
    const second = await on.build(project);
    expect(existsSync(path.join(second.tree, 'ran'))).toBe(true);
    expect(second.said).toContain(keeps);
  });

  it.each([
    [
      'a step that names them',
      'RUN cp -r $(go env GOMODCACHE) /out',
      'COPY --from=build /out /out',
      'out/example.com',
    ],
    ['a COPY of all', '', 'COPY --from=build / /', 'go/pkg/mod/example.com'],
    [
      'a link of the project that leads there',
      '',
      'COPY --from=build /src/link/ /out',
      'out/mod/example.com',
    ],
  ])('are not given to a stage with %s', async (_, step, copy, file) => {
    const steps = `COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\n${step}`;
    const project = await goProject({ Dockerfile: twoStages(steps, copy) }, proxy);
    symlinkSync('/go/pkg', path.join(project, 'link'));
    const built = await on.build(project);
    expect(built.said).toContain("Go's caches are not kept, because");
    expect(existsSync(path.join(built.tree, file, 'dep@v1.0.0/dep.go'))).toBe(true);
    expect((await on.build(project, '--no-go-cache')).digest).toBe(built.digest);
  });

  it('of another project, or filled from elsewhere, are not used', async () => {
    const dockerfile = twoStages('COPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -mod=mod -o /app .');
    const project = await goProject({ Dockerfile: dockerfile }, proxy);
    const other = another(project);
    const bad = await startModuleProxy(tempDir());
    try {
      serveDep(bad, 'poison');
      const args = ['--build-arg', `GOPROXY=${bad.url}`];
      expect(await on.output(await on.build(other, ...args))).toBe('one poison');
      expect(await on.output(await on.build(project))).toBe('one dep');
      expect(await on.output(await on.build(other))).toBe('one dep');
    } finally {
      await bad.stop();
    }
  });

  it("belong to the step's user", async () => {
    const steps = `RUN mkdir -p /work && chown app /work
USER app
WORKDIR /work
COPY --chown=app go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /work/app .`;
    const project = await goProject(
      { Dockerfile: twoStages(steps, 'COPY --from=build /work/app /app') },
      proxy,
    );
    const first = await on.same(project);
    expect(first.said).toContain(keeps);
    change(project, 'one', 'two');
    expect(await on.output(await on.same(project))).toBe('two dep');
  });

  it("leave a step's own cache mounts alone", async () => {
    const steps = `COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache go build -o /app .`;
    const project = await goProject({ Dockerfile: twoStages(steps) }, proxy);
    expect(await on.output(await on.same(project))).toBe('one dep');
  });
});
