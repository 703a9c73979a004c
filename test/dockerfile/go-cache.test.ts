import { expect, test } from 'vitest';
import { giveGoCaches } from '../../src/dockerfile/go-cache.ts';
import type { ExecOp } from '../../src/solve/graph.ts';
import { lowered } from './lowering.ts';

const golang = {
  Env: ['PATH=/go/bin:/usr/local/go/bin:/usr/bin:/bin', 'GOPATH=/go', 'GOTOOLCHAIN=local'],
  WorkingDir: '/go',
};

interface Given {
  /** Scripts of the steps that have caches. */
  readonly cached: readonly string[];
  readonly reasons: readonly string[];
  readonly ops: readonly ExecOp[];
}

async function given(text: string, contexts = {}): Promise<Given> {
  const one = await lowered(text, {}, { images: { golang }, contexts });
  const { lowered: after, reasons } = giveGoCaches(one, 'project');
  const ops = after.stages.flatMap(({ steps }) =>
    steps.flatMap(({ op }) => (op.kind === 'exec' ? [op] : [])),
  );
  const cached = ops.filter(({ goCache }) => goCache?.takes).map(({ argv }) => argv.at(-1) ?? '');
  return { cached, reasons, ops };
}

/** A stage that compiles Go in `steps`, and an image with its program. */
const twoStages = (steps: string, from = '/app'): string => `FROM golang AS build
WORKDIR /src
COPY . .
${steps}
FROM scratch
COPY --from=build ${from} /app
`;

test('the classic two stages: both go steps have caches, at the places of root in the official image', async () => {
  const { cached, reasons, ops } = await given(`FROM golang AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /app ./cmd/api
FROM scratch
COPY --from=build /app /app
`);
  expect(cached).toHaveLength(2);
  expect(reasons).toEqual([]);
  const [download, build] = ops.map(({ goCache }) => goCache);
  expect(build?.places).toEqual({
    modules: '/go/pkg/mod',
    builds: '/root/.cache/go-build',
    unseen: ['/go/pkg', '/go/pkg/mod', '/root/.cache/go-build', '/root/.config/go/telemetry'],
  });
  expect(download?.takes).toMatchObject({ changing: 1, cgo: false, compiles: false, earlier: [] });
  expect(build?.takes).toMatchObject({ changing: 3, cgo: false, compiles: true, stage: 'stage build' });
  expect(build?.takes?.earlier).toMatchObject([{ above: 2, inputs: [] }]);
});

test.each([
  'RUN go build -o /app .',
  'RUN set -eux; go vet ./... && go test ./... ; go build -o /app .',
  'RUN apk add --no-cache git gcc && go build -ldflags "-X main.version=$(git describe --tags)" -o /app .',
  'RUN VERSION=$(cat VERSION); \\\n    go build -ldflags "-s -X main.v=${VERSION}" -o /app ./...',
  'RUN if [ -d vendor ]; then go build -mod=vendor -o /app .; else go build -o /app .; fi',
  'RUN export CGO_ENABLED=0 GOOS=linux && cd cmd/api && go build -o /app && chmod +x /app && strip /app',
  'RUN <<EOF\nset -e\ngo mod download\ngo build -o /app .\nEOF',
  'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN go build -o /app .',
  'RUN ["go", "build", "-o", "/app", "."]',
  'RUN go build -o /app . 2>&1 >/dev/null || exit 1',
  'RUN for os in linux; do GOOS=$os go build -o /app . ; done',
  'RUN /usr/local/go/bin/go build -o /app .',
  'ARG TARGETARCH\nRUN GOARCH=$TARGETARCH go build -o /app .',
  'RUN go install example.com/tool@v1.2.3 && go build -o /app .',
  'RUN go build -o /app . && go version > /version && mkdir -p ~/.ssh /out/bin',
  'RUN (cd cmd && go build -o /app .)',
])('%s', async (steps) => {
  const { cached, reasons } = await given(twoStages(steps));
  expect(reasons).toEqual([]);
  expect(cached).toHaveLength(1);
});

test.each([
  ['RUN go build -o /app . && cp -r $(go env GOMODCACHE) /out', 'GOMODCACHE, which is named'],
  ['RUN go build -o /app . && cp -r /go/pkg/mod /out', 'pkg/mod, which is named'],
  ['RUN go build -o /app . && cp -r /go /out', "/go, where Go's caches are"],
  ['RUN go build -o /app . && cp -r / /out', "/, where Go's caches are"],
  ['RUN go build -o /app . && cp -r /g*/p* /out', "/g*/p*, where Go's caches are"],
  ['RUN go build -o /app . && cd /go && cp -r pkg /out', "pkg, where Go's caches are"],
  ['RUN go build -o /app . && cp -r ../go/pkg /out', '../go/pkg: .. may lead anywhere'],
  ['RUN go build -o /app . && cp -r ~ /out', "~, where Go's caches are"],
  ['RUN go build -o /app . && cp -r $HOME /out', "/root, where Go's caches are"],
  ['RUN D=/go; go build -o /app . && cp -r $D /out', '…, which is not known before'],
  ['RUN go build -o /app . && cp -r "$(cat where)" /out', '…, which is not known before'],
  ['RUN go build -o /app . && rm -rf /root/.cache', "/root/.cache, where Go's caches are"],
  ['RUN go build -o /app . && rm -rf /root/.cache/go-build', 'go-build, which is named'],
  ['RUN go build -o /app . && go clean -modcache', 'go clean'],
  ['RUN go build -o /app . && tar cf /out.tar /', 'tar'],
  ['RUN go build -o /app . && find / -name x', 'find'],
  ['RUN go build -o /app . && ./script', './script'],
  ['RUN go generate ./... && go build -o /app .', 'go generate'],
  ['RUN go run ./gen && go build -o /app .', 'go run'],
  ['RUN go build -o /app .\nRUN make check', 'make'],
  ['RUN go build -o /app . ; eval "$X"', 'eval'],
  ['RUN go build -o /app . ; sh -c "ls"', 'sh'],
  ['RUN go build -toolexec=/src/spy -o /app .', '-toolexec=/src/spy'],
  ['RUN go test -fuzz=Fuzz . && go build -o /app .', '-fuzz=Fuzz'],
  ['RUN go build -v -o /app . 2>/log', 'what go build says'],
  ['RUN go list -m -json all | cat > /mods; go build -o /app .', 'what go list says'],
  ['RUN GOPATH=/elsewhere go build -o /app .', 'GOPATH, which the script sets'],
  ['RUN export PATH=/src:$PATH; go build -o /app .', 'PATH, which the script sets'],
  ['ENV CC=/src/cc\nRUN go build -o /app .', 'CC'],
  ['ENV GOCACHEPROG=/src/prog\nRUN go build -o /app .', 'GOCACHEPROG'],
  ['RUN go build -o /app . <<EOF\nEOF', '<<'],
  ['RUN --mount=type=secret,id=netrc go build -o /app .', 'a secret or an SSH agent'],
  ['RUN --mount=type=ssh go build -o /app .', 'a secret or an SSH agent'],
  ['WORKDIR /go\nRUN go build -o /app .', "in a directory where Go's caches are"],
  ['RUN go build -o /app .\nCOPY x /go/pkg/mod/x', 'a COPY into the caches'],
  ['RUN go build -o /app . && $(cat cmd)', 'a command that is not known before'],
  ['RUN f() { go build; }; f', 'a shell function'],
])('%s has no caches: %s', async (steps, why) => {
  const { cached, reasons } = await given(twoStages(steps));
  expect(cached).toEqual([]);
  expect(reasons.join('\n')).toContain(why);
});

test.each([
  '/',
  '.',
  '/go',
  '/go/pkg/mod/x',
  '/root',
  '/r*',
  '/go/../app',
  '/go/p*/mod',
  '--parents /go/bin/app',
])('a COPY of %s from the stage shows the caches', async (from) => {
  const { cached, reasons } = await given(twoStages('RUN go build -o /app .', from));
  expect(cached).toEqual([]);
  expect(reasons[0]).toContain('COPY --from of');
});

test.each(['/app', '/src', '/go/bin/*', '/root/.config/app', '--parents /src/./app'])(
  'a COPY of %s from the stage does not',
  async (from) => {
    expect((await given(twoStages('RUN go build -o /app .', from))).cached).toHaveLength(1);
  },
);

test('steps below the last one that is not understood have none, those above have', async () => {
  const steps = 'RUN go mod download\nRUN make generate\nRUN go vet ./...\nRUN go build -o /app .';
  const { cached, reasons } = await given(twoStages(steps));
  expect(cached).toEqual(['go vet ./...', 'go build -o /app .']);
  expect(reasons).toEqual([expect.stringContaining('because of make')]);
});

test('a stage that becomes the image has none, and nothing is said', async () => {
  const { cached, reasons } = await given('FROM golang\nCOPY . /src\nWORKDIR /src\nRUN go build -o /app .');
  expect([cached, reasons]).toEqual([[], []]);
});

test('steps of several users do not share', async () => {
  const { cached, reasons } = await given(
    twoStages('RUN go mod download\nUSER app\nENV HOME=/root\nRUN go build -o /app .'),
  );
  expect(cached).toEqual(['go build -o /app .']);
  expect(reasons).toEqual([expect.stringContaining('several users or places')]);
});

test('what stages on top of the stage do counts too', async () => {
  const { cached, reasons } = await given(`FROM golang AS base
WORKDIR /src
COPY . .
RUN go mod download
FROM base AS api
RUN go build -o /api ./api
FROM base AS worker
RUN ./build-worker
FROM scratch
COPY --from=api /api /
COPY --from=worker /worker /
`);
  expect(cached).toEqual(['go build -o /api ./api']);
  expect(reasons).toEqual([expect.stringMatching(/^stage base: .*\.\/build-worker$/)]);
});

test('a mount of the stage that shows the caches', async () => {
  const mount = (source: string): string =>
    `FROM golang AS build\nWORKDIR /src\nRUN go build -o /app .\nFROM alpine\nRUN --mount=from=build,source=${source},target=/b cp /b/app /app`;
  expect((await given(mount('/'))).cached).toEqual([]);
  expect((await given(mount('/src'))).cached).toHaveLength(1);
});

test("a step's own mounts from stages stay its own when a later step has it run again", async () => {
  const { ops } = await given(
    twoStages(
      'RUN --mount=type=bind,target=/in go mod download\nRUN --mount=type=bind,from=golang,target=/x go build -o /app .',
    ),
  );
  const earlier = ops[1]?.goCache?.takes?.earlier;
  expect(earlier).toMatchObject([{ above: 1, inputs: [2] }]);
});

test('where modules come from is a part of the scope, whichever step says it', async () => {
  const scopes = async (steps: string): Promise<(string | undefined)[]> =>
    (await given(twoStages(steps))).ops.map(({ goCache }) => goCache?.takes?.scope);
  const plain = await scopes('RUN go mod download\nRUN go build -o /app .');
  const proxied = await scopes('RUN GOPROXY=http://p go mod download\nRUN go build -o /app .');
  expect(new Set(plain).size).toBe(1);
  expect(new Set(proxied).size).toBe(1);
  expect(plain[0]).not.toBe(proxied[0]);
});
