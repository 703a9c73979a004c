import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { historyOf, lowered, namesOf, opsOf } from './lowering.ts';

const gin = `# syntax=docker/dockerfile:1
ARG GO_VERSION=1.25
FROM --platform=$BUILDPLATFORM golang:\${GO_VERSION} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=cache,target=/root/.cache/go-build \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/api ./cmd/api

FROM scratch
COPY --from=build /out/api /api
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/api"]
`;

test('the classic two stages, crossing platforms', async () => {
  const images = { 'golang:1.25': { Env: ['PATH=/usr/local/go/bin:/bin', 'GOPATH=/go'], WorkingDir: '/go' } };
  const platform = parsePlatform('linux/arm64');
  const result = await lowered(gin, { platform, several: true }, { images });
  expect(result.config).toEqual({
    User: '65532:65532',
    ExposedPorts: { '8080/tcp': {} },
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Entrypoint: ['/api'],
    WorkingDir: '/',
  });
  expect(result.platform).toEqual(platform);
  expect(historyOf(result)).toEqual([
    'COPY /out/api /api # buildkit',
    'USER 65532:65532',
    'EXPOSE [8080/tcp]',
    'ENTRYPOINT ["/api"]',
  ]);
  expect(namesOf(result).map((name) => name.replace(/@.*/, ''))).toEqual([
    '[linux/amd64 build 1/6] FROM golang:1.25',
    '[linux/amd64 build 2/6] WORKDIR /src',
    '[linux/amd64 build 3/6] COPY go.mod go.sum ./',
    '[linux/amd64 build 4/6] RUN --mount=type=cache,target=/go/pkg/mod go mod download',
    '[linux/amd64 build 5/6] COPY . .',
    '[linux/amd64->arm64 build 6/6] RUN --mount=type=cache,target=/go/pkg/mod     --mount=type=cache,target=/root/.cache/go-build     CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -o /out/api ./cmd/api',
    '[linux/arm64 stage-1 1/1] COPY --from=build /out/api /api',
  ]);
  const [download, compile] = opsOf(result, 'exec');
  expect(download?.env).toEqual(['PATH=/usr/local/go/bin:/bin', 'GOPATH=/go']);
  expect(compile).toMatchObject({
    env: ['PATH=/usr/local/go/bin:/bin', 'GOPATH=/go', 'TARGETOS=linux', 'TARGETARCH=arm64'],
    cwd: '/src',
    platform: parsePlatform('linux/amd64'),
    where: { line: 9, endLine: 11 },
  });
  expect(result.stages.map(({ name, steps }) => [name, steps.length])).toEqual([
    ['build', 5],
    ['stage-1', 1],
  ]);
});

const words = [
  'a',
  '$A',
  '${A:-b}',
  '"c d"',
  '/x/',
  '.',
  '*',
  '--from=s',
  '--chown=$A',
  '--mount=target=/m',
  '[]',
  '["a"]',
  '<<E\nt\nE',
  'A=1',
  '80',
  '${',
  "'",
  '\\',
];
const keywords =
  'FROM RUN COPY ADD ENV ARG LABEL EXPOSE VOLUME USER WORKDIR CMD ENTRYPOINT SHELL STOPSIGNAL HEALTHCHECK ONBUILD MAINTAINER'.split(
    ' ',
  );
const line = fc
  .tuple(fc.constantFrom(...keywords), fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }))
  .map(([keyword, rest]) => `${keyword} ${rest.join(' ')}`);

test('any instructions give a graph, or an error of ours with its place', async () => {
  let graphs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
      try {
        const result = await lowered(['FROM alpine AS s', 'ENV B=1', 'FROM s AS t', ...lines].join('\n'));
        graphs++;
        const layers = result.history.filter(({ empty }) => !empty).length;
        const steps = result.stages.flatMap((stage) => stage.steps);
        expect(layers).toBeLessThanOrEqual(steps.length);
      } catch (error) {
        if (!isToolError(error)) throw error;
        expect(error.where).toMatchObject({ file: 'Dockerfile' });
      }
    }),
    { numRuns: 1500 },
  );
  expect(graphs).toBeGreaterThan(50);
});

test('history has one layer for each step on the way to the target', async () => {
  const { history, vertex } = await lowered(
    'FROM alpine AS a\nRUN 1\nWORKDIR /w\nENV A=1\nFROM a\nCOPY x y\nWORKDIR /\nADD x y\nCMD x\n',
  );
  let count = 0;
  for (let at = vertex; at.op.kind !== 'source'; count++) {
    const [below] = at.inputs;
    if (!below) throw new Error('ends in no base');
    at = below;
  }
  expect(history.filter(({ empty }) => !empty)).toHaveLength(count);
  expect(count).toBe(4);
});
