import { describe, expect, test } from 'vitest';
import { containing, having } from '../support/containing.ts';
import { historyOf, lowered, namesOf, opsOf } from './lowering.ts';

/** An error at a line, with parts of its message and hint. */
const problem = (line: number, message: string, hint = ''): unknown =>
  expect.objectContaining({
    code: 'DOCKERFILE_INVALID',
    message: containing(message),
    hint: containing(hint),
    where: having({ file: 'Dockerfile', line }),
  });

describe('stages', () => {
  const three =
    'FROM alpine AS one\nRUN 1\nFROM one AS Two\nRUN 2\nFROM alpine\nCOPY --from=two a b\nCOPY --from=0 c d\n';

  test('the last one is built, and what it needs', async () => {
    const { stages, vertex } = await lowered(three);
    expect(stages.map(({ name, isTarget, steps }) => [name, isTarget, steps.length])).toEqual([
      ['one', false, 1],
      ['two', false, 1],
      ['stage-2', true, 2],
    ]);
    expect(stages[2]?.steps.at(-1)).toBe(vertex);
  });

  test.each([
    ['two', 'two'],
    ['TWO', 'two'],
    ['1', 'two'],
    ['0', 'one'],
    ['', 'stage-2'],
  ])('--target %j is %s', async (target, name) => {
    const { stages } = await lowered(three, { target });
    expect(stages.find(({ isTarget }) => isTarget)?.name).toBe(name);
  });

  test('a target that is not there is an error that names what there is', async () => {
    await expect(lowered(three, { target: 'twoo' })).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'Did you mean two?',
    });
    await expect(lowered('FROM alpine\n', { target: '1' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('what the target does not need is neither lowered nor resolved', async () => {
    const text =
      'FROM nowhere AS a\nFROM alpine AS b\nRUN b\nFROM alpine AS c\nRUN --mount=from=a,target=/x c\n';
    const { asked, stages, vertices } = await lowered(text, { target: 'b' });
    expect(asked).toEqual(['image alpine linux/amd64']);
    expect(stages.map(({ name }) => name)).toEqual(['b']);
    expect(vertices).toHaveLength(2);
  });

  test('an image is asked for once, however many stages begin with it', async () => {
    const { asked, vertices } = await lowered(
      'FROM alpine AS a\nRUN a\nFROM alpine AS b\nRUN b\nFROM scratch\nCOPY --from=a / /\nCOPY --from=b / /\nCOPY --from=alpine / /\n',
    );
    expect(asked).toEqual(['image alpine linux/amd64']);
    // One vertex to begin with, one to copy from: their names differ.
    expect(vertices.filter(({ op }) => op.kind === 'source')).toHaveLength(2);
  });

  test('a stage takes up where another ends: files, config, variables, arguments, history', async () => {
    const result = await lowered(
      'FROM alpine AS a\nENV E=1\nARG A=2\nWORKDIR /w\nUSER u\nCMD ["c"]\nFROM a\nRUN echo\nENTRYPOINT ["e"]\n',
    );
    expect(result.config).toEqual({
      Env: ['PATH=/bin', 'E=1'],
      WorkingDir: '/w',
      User: 'u',
      Entrypoint: ['e'],
      ArgsEscaped: true,
    });
    const [run] = opsOf(result, 'exec');
    expect(run).toMatchObject({ cwd: '/w', user: 'u', env: ['PATH=/bin', 'E=1', 'A=2'] });
    expect(historyOf(result)).toEqual([
      'ENV E=1',
      'ARG A=2',
      'WORKDIR /w',
      'USER u',
      'CMD ["c"]',
      'RUN |1 A=2 /bin/sh -c echo # buildkit',
      'ENTRYPOINT ["e"]',
    ]);
  });

  test('what a later stage changes does not reach the one it began with', async () => {
    const { config } = await lowered(
      'FROM alpine AS a\nENV E=1\nLABEL l=1\nFROM a AS b\nENV E=2\nLABEL l=2\nEXPOSE 1\nFROM a\nCOPY --from=b / /\n',
    );
    expect(config).toMatchObject({ Env: ['PATH=/bin', 'E=1'], Labels: { l: '1' } });
    expect(config.ExposedPorts).toBeUndefined();
  });

  test('a name may be used again: later instructions mean the last stage of it', async () => {
    const result = await lowered('FROM alpine AS alpine\nRUN 1\nFROM alpine AS alpine\nRUN 2\nFROM alpine\n');
    expect(historyOf(result)).toEqual(['RUN /bin/sh -c 1 # buildkit', 'RUN /bin/sh -c 2 # buildkit']);
  });

  test('a chain of very many stages is lowered', async () => {
    const text = Array.from({ length: 5000 }, (_, index) =>
      index === 0 ? 'FROM alpine AS s0' : `FROM s${index - 1} AS s${index}`,
    ).join('\n');
    const { stages } = await lowered(`${text}\nRUN end\n`);
    expect(stages).toHaveLength(5000);
  });
});

describe('what is no plan', () => {
  test.each([
    ['COPY --from=a / /', 3, 'the stage copies from itself', 'earlier'],
    ['RUN --mount=from=a,target=/x ls', 3, 'the stage copies from itself', 'earlier'],
    ['COPY --from=later / /', 3, 'stands below', 'up'],
    ['COPY --from=2 / /', 3, 'stands below', 'up'],
    ['COPY --from=circle / /', 3, 'circular dependency: stage circle needs this one', 'of its own'],
    ['COPY --from=9 / /', 3, 'there is no stage 9', '0 to 3'],
    ['COPY --from=$X / /', 3, 'variables are not replaced', 'ARG before'],
    ['COPY --from=bass / /', 3, 'no image bass', 'Did you mean the stage base?'],
  ])('%s', async (instruction, line, message, hint) => {
    const text = `FROM alpine AS base\nFROM alpine AS a\n${instruction}\nFROM alpine AS later\nFROM a AS circle\n`;
    await expect(lowered(text, { target: 'a' })).rejects.toMatchObject({
      message: containing(message),
      hint: containing(hint),
      where: { line },
    });
  });

  test.each([
    ['RUN x\nFROM alpine\n', problem(1, 'there is no stage yet', 'FROM')],
    ['ARG A=1\n', problem(1, 'has no stage', 'FROM')],
    ['FROM $A\n', problem(1, 'names nothing', 'A is not set')],
    ['FROM ${TARGETARC}\n', problem(1, 'names nothing', 'did you mean TARGETARCH?')],
    ['FROM --platform=$A alpine\n', problem(1, 'names nothing', 'A is not set')],
    ['FROM ${A:?needed}\n', problem(1, 'A: needed', '--build-arg A=')],
    ['FROM --platform=a/b/c/d alpine\n', expect.objectContaining({ code: 'REFERENCE_INVALID' })],
  ])('%j', async (text, error) => {
    await expect(lowered(text)).rejects.toEqual(error);
  });

  test('an image that cannot be had says at which FROM', async () => {
    await expect(lowered('FROM alpine AS builder\nFROM biulder\n')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      where: { line: 2, column: 6 },
      hint: 'Did you mean the stage builder?',
    });
  });

  test('the names of stages are in lower case for FROM', async () => {
    await expect(lowered('FROM alpine AS Base\nFROM Base\n')).rejects.toMatchObject({
      hint: 'Did you mean the stage base?',
    });
  });
});

describe('named contexts', () => {
  test('stand in for base images', async () => {
    const result = await lowered(
      'FROM alpine\nRUN x\n',
      {},
      { contexts: { alpine: { Env: ['FROM=context'] } } },
    );
    expect(result.asked).toEqual(['named alpine linux/amd64']);
    expect(result.config.Env?.[0]).toBe('FROM=context');
  });

  test('stand in for stages, none of whose instructions count', async () => {
    const text = 'FROM nowhere AS build\nRUN x\nFROM alpine\nCOPY --from=build a b\n';
    const result = await lowered(text, {}, { contexts: { build: 'directory' } });
    expect(result.asked).toEqual(['named build linux/amd64', 'image alpine linux/amd64']);
    expect(opsOf(result, 'exec')).toEqual([]);
    expect(opsOf(result, 'tree').map(({ identifier }) => identifier)).toEqual(['local://build']);
  });

  test('are copied and mounted from', async () => {
    const text = 'FROM alpine\nCOPY --from=docs a b\nRUN --mount=from=docs,target=/d x\n';
    const result = await lowered(text, {}, { contexts: { docs: 'directory' } });
    expect(opsOf(result, 'tree')).toHaveLength(1);
  });

  test('that are directories become one layer when a stage begins with them', async () => {
    const result = await lowered('FROM root\nCOPY a b\n', {}, { contexts: { root: 'directory' } });
    const [whole] = opsOf(result, 'copy');
    expect(whole?.actions).toMatchObject([{ kind: 'copy', sources: ['/'], dest: '/', input: 1 }]);
    expect(result.history).toEqual([
      { createdBy: 'FROM root', empty: false },
      { createdBy: 'COPY a b # buildkit', empty: false },
    ]);
    expect(result.config.WorkingDir).toBe('/');
  });

  test('cannot take the names scratch and context', async () => {
    const result = await lowered(
      'FROM scratch AS context\nCOPY a b\n',
      {},
      { contexts: { scratch: {}, context: {} } },
    );
    expect(result.asked).toEqual([]);
  });
});

describe('ONBUILD', () => {
  test('of a base image runs right behind FROM, and is gone from the result', async () => {
    const images = {
      base: { OnBuild: ['COPY . /src', 'RUN make $A', 'ENV A=1'], Env: ['PATH=/bin', 'A=0'] },
    };
    const result = await lowered('FROM base\nRUN last\n', {}, { images });
    expect(historyOf(result)).toEqual([
      'COPY . /src # buildkit',
      'RUN /bin/sh -c make $A # buildkit',
      'ENV A=1',
      'RUN /bin/sh -c last # buildkit',
    ]);
    expect(result.config).toEqual({ Env: ['PATH=/bin', 'A=1'] });
    expect(namesOf(result)).toEqual([
      expect.stringMatching(/^\[1\/4\] FROM base@sha256:/),
      '[2/4] ONBUILD COPY . /src',
      '[3/4] ONBUILD RUN make 0',
      '[4/4] RUN last',
    ]);
  });

  test('of a stage runs in the stages that begin with it, not in theirs', async () => {
    const text = 'FROM alpine AS a\nONBUILD RUN trigger\nFROM a AS b\nRUN b\nFROM b\nRUN c\n';
    const result = await lowered(text);
    expect(historyOf(result)).toEqual([
      'RUN /bin/sh -c trigger # buildkit',
      'RUN /bin/sh -c b # buildkit',
      'RUN /bin/sh -c c # buildkit',
    ]);
    expect((await lowered(text, { target: 'a' })).config.OnBuild).toEqual(['RUN trigger']);
    expect((await lowered(text, { target: 'b' })).config.OnBuild).toBeUndefined();
  });

  test('may need stages and images that nothing else needs', async () => {
    const images = { base: { OnBuild: ['COPY --from=assets /a /a', 'COPY --from=tools /b /b'] }, tools: {} };
    const result = await lowered('FROM alpine AS assets\nRUN a\nFROM base\n', {}, { images });
    expect(result.stages.map(({ name }) => name)).toEqual(['assets', 'stage-1']);
    expect(result.asked.toSorted()).toEqual([
      'image alpine linux/amd64',
      'image base linux/amd64',
      'image tools linux/amd64',
    ]);
  });

  test('that is wrong is an error at the FROM that fires it', async () => {
    const world = { images: { base: { OnBuild: ['COPY a ${X:?x}'] } } };
    await expect(lowered('ARG A\nFROM base\nRUN x\n', {}, world)).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      message: containing('X: x'),
      where: { file: 'Dockerfile', line: 2 },
    });
  });

  test('copies only from stages above the one it runs in', async () => {
    const world = { images: { base: { OnBuild: ['COPY --from=later a b'] } } };
    await expect(lowered('FROM base AS x\nFROM alpine AS later\nFROM x\n', {}, world)).rejects.toMatchObject({
      message: containing('stands below'),
      where: { line: 1 },
    });
  });
});

describe('names and slots', () => {
  test('of several stages and platforms', async () => {
    const arm64 = { os: 'linux', architecture: 'arm64' };
    const text =
      'FROM --platform=$BUILDPLATFORM alpine AS build\nARG TARGETARCH\nRUN make $TARGETARCH\nFROM scratch\nCOPY --from=build a b\n';
    const result = await lowered(text, { platform: arm64, several: true });
    expect(namesOf(result)).toEqual([
      expect.stringMatching(/^\[linux\/amd64 build 1\/2\] FROM alpine@sha256:/),
      '[linux/amd64->arm64 build 2/2] RUN make arm64',
      '[linux/arm64 stage-1 1/1] COPY --from=build a b',
    ]);
    expect(result.vertices.flatMap(({ slot }) => slot ?? [])).toEqual([
      'build 1 linux/amd64',
      'build 2 linux/amd64',
      '1 1 linux/arm64',
    ]);
  });

  test('numbers stand below one another', async () => {
    const result = await lowered(`FROM scratch\n${'COPY a b\n'.repeat(10)}`);
    expect(namesOf(result)[0]).toBe('[ 1/10] COPY a b');
    expect(namesOf(result)[9]).toBe('[10/10] COPY a b');
  });

  test('a base is named for the first stage that is needed', async () => {
    const text = 'FROM alpine AS unneeded\nRUN x\nFROM alpine AS first\nFROM alpine\nCOPY --from=first / /\n';
    expect(namesOf(await lowered(text))[0]).toMatch(/^\[first 1\/1\] FROM alpine/);
  });
});

describe('no-cache', () => {
  const text =
    'FROM alpine AS a\nWORKDIR /w\nRUN a\nFROM alpine AS b\nCOPY b b\nRUN --mount=from=a,target=/a b\n';
  const freshOf = async (noCache: boolean | readonly string[]): Promise<string[]> => {
    const { vertices } = await lowered(text, { noCache });
    return vertices.flatMap(({ fresh, slot }) => (fresh ? [slot ?? ''] : []));
  };

  test('of all, of some, of none', async () => {
    expect(await freshOf(false)).toEqual([]);
    expect(await freshOf([])).toEqual([]);
    expect(await freshOf(['A'])).toEqual(['a 3 linux/amd64']);
    expect(await freshOf(['b', 'none'])).toEqual(['b 2 linux/amd64', 'b 3 linux/amd64']);
    expect((await freshOf(true)).toSorted()).toEqual([
      'a 3 linux/amd64',
      'b 2 linux/amd64',
      'b 3 linux/amd64',
    ]);
  });
});
