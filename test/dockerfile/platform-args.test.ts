import { describe, expect, test } from 'vitest';
import { parsePlatform } from '../../src/oci/platform.ts';
import { historyOf, lowered, runOf } from './lowering.ts';

/** What RUN sees of names. */
const seen = async (
  text: string,
  options: Parameters<typeof runOf>[1] = {},
): Promise<Record<string, string>> => {
  const { env } = await runOf(text, options);
  const pairs = env.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs.filter(([name]) => name !== 'PATH'));
};

describe('ARG', () => {
  test.each([
    ['ARG A', {}],
    ['ARG A=', { A: '' }],
    ['ARG A=1', { A: '1' }],
    ['ARG A=1 B=$A C', { A: '1', B: '1' }],
    ['ARG A=\'x y\' B="$A"', { A: 'x y', B: 'x y' }],
    ['ARG A=1\nARG A=2', { A: '2' }],
    ['ARG A=1\nARG A', { A: '1' }],
    ['ENV A=1\nARG A=2', { A: '2' }],
    ['ARG A=2\nENV A=1', { A: '1' }],
    ['ARG G', { G: 'global' }],
    ['ARG G=own', { G: 'own' }],
    ['ARG BUILDKIT_SBOM_SCAN_STAGE=true', {}],
  ])('%s', async (instructions, variables) => {
    expect(await seen(`ARG G=global\nFROM alpine\n${instructions}\nRUN x\n`)).toEqual(variables);
  });

  test('a build argument counts more than all defaults, where it is declared', async () => {
    const text = 'ARG A=g\nFROM alpine\nARG A=1\nRUN x\n';
    expect(await seen(text, { buildArgs: { A: 'given', B: 'b' } })).toEqual({ A: 'given' });
    expect(await seen('ARG A=g\nFROM alpine\nRUN x\n', { buildArgs: { A: 'given' } })).toEqual({});
  });

  test('before FROM sees what stands before it, and serves FROM alone', async () => {
    const world = { images: { 'alpine:3-x': {} } };
    const { asked, history } = await lowered(
      'ARG V=2\nARG V=3 T=${V}-x\nFROM alpine:${T}\nCOPY a$V b\n',
      {},
      world,
    );
    expect(asked).toEqual(['image alpine:3-x linux/amd64']);
    expect(history[0]?.createdBy).toBe('COPY a b # buildkit');
  });

  test('is in the history of RUN, each name once, and not in the config', async () => {
    const result = await lowered('FROM alpine\nARG A=1 B\nARG C=3\nARG A=4\nRUN x\n');
    expect(historyOf(result)).toEqual([
      'ARG A=1 B',
      'ARG C=3',
      'ARG A=4',
      'RUN |3 A=4 B= C=3 /bin/sh -c x # buildkit',
    ]);
    expect(result.config.Env).toEqual(['PATH=/bin']);
  });

  test('an ENV of the same name is what the history of RUN shows', async () => {
    expect(historyOf(await lowered('FROM alpine\nARG A=1\nENV A=2\nRUN x\n')).at(-1)).toBe(
      'RUN |1 A=2 /bin/sh -c x # buildkit',
    );
  });
});

describe('platform arguments', () => {
  const all =
    'BUILDPLATFORM BUILDOS BUILDARCH BUILDVARIANT TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT TARGETSTAGE';

  test('are there where they are declared', async () => {
    const text = `FROM alpine AS out\nARG ${all}\nRUN x\n`;
    const platforms = {
      platform: parsePlatform('linux/arm/v7'),
      buildPlatform: parsePlatform('linux/arm64/v8'),
    };
    expect(await seen(text, platforms)).toEqual({
      BUILDPLATFORM: 'linux/arm64',
      BUILDOS: 'linux',
      BUILDARCH: 'arm64',
      BUILDVARIANT: '',
      TARGETPLATFORM: 'linux/arm/v7',
      TARGETOS: 'linux',
      TARGETARCH: 'arm',
      TARGETVARIANT: 'v7',
      TARGETSTAGE: 'out',
    });
    expect(await seen('FROM alpine\nRUN x\n')).toEqual({});
  });

  test('serve FROM without being declared', async () => {
    const { asked } = await lowered(
      'FROM --platform=$BUILDPLATFORM alpine AS a\nFROM alpine\nCOPY --from=a / /\n',
      {
        platform: parsePlatform('linux/s390x'),
      },
    );
    expect(asked.toSorted()).toEqual(['image alpine linux/amd64', 'image alpine linux/s390x']);
  });

  test('a build argument may say otherwise; the stage without a name is default', async () => {
    expect(
      await seen('FROM alpine\nARG TARGETARCH TARGETSTAGE\nRUN x\n', { buildArgs: { TARGETARCH: 'z80' } }),
    ).toEqual({
      TARGETARCH: 'z80',
      TARGETSTAGE: 'default',
    });
  });
});

describe('the result’s platform', () => {
  const arm = { images: { alpine: { image: { architecture: 'arm64', variant: 'v8', 'os.version': '1' } } } };

  test('is what was asked for, with the base’s details', async () => {
    const arm64 = parsePlatform('linux/arm64');
    expect((await lowered('FROM alpine\n', { platform: arm64 }, arm)).platform).toEqual({
      os: 'linux',
      architecture: 'arm64',
      'os.version': '1',
    });
    expect((await lowered('FROM alpine\n', {}, arm)).platform).toEqual({
      os: 'linux',
      architecture: 'amd64',
    });
  });

  test('is the base’s when nobody asked', async () => {
    const result = await lowered(
      'FROM --platform=linux/arm64 alpine\nRUN x\n',
      { platformImplied: true },
      arm,
    );
    expect(result.platform).toMatchObject({ architecture: 'arm64' });
    expect((await lowered('FROM scratch\n', { platformImplied: true })).platform).toEqual(
      parsePlatform('linux/amd64'),
    );
  });
});

describe('build arguments that nothing declares', () => {
  test('are told, with what may have been meant', async () => {
    const { warnings } = await lowered('ARG VERSION\nFROM alpine\n', {
      buildArgs: { VERSOIN: '1', VERSION: '2', X: '' },
    });
    expect(warnings).toEqual([
      'no ARG of the Dockerfile declares VERSOIN, so --build-arg VERSOIN does nothing; did you mean VERSION?',
      'no ARG of the Dockerfile declares X, so --build-arg X does nothing',
    ]);
  });

  test('but not those that mean something by themselves', async () => {
    const buildArgs = {
      http_proxy: 'p',
      SOURCE_DATE_EPOCH: '0',
      BUILDKIT_INLINE_CACHE: '1',
      TARGETARCH: 'arm',
    };
    expect((await lowered('FROM alpine\n', { buildArgs })).warnings).toEqual([]);
  });
});

describe('proxies', () => {
  const proxy = { HTTPS_PROXY: 'http://machine', no_proxy: 'here' };

  test('reach RUN in both spellings, outside its key and its history', async () => {
    const options = { proxy, buildArgs: { https_proxy: 'http://argument' } };
    const { env, unkeyedEnv } = await runOf('FROM alpine\nRUN x\n', options);
    expect(env).toEqual(['PATH=/bin']);
    expect(unkeyedEnv).toEqual([
      'HTTPS_PROXY=http://argument',
      'https_proxy=http://argument',
      'NO_PROXY=here',
      'no_proxy=here',
    ]);
    expect(historyOf(await lowered('FROM alpine\nRUN x\n', options))).toEqual([
      'RUN /bin/sh -c x # buildkit',
    ]);
  });

  test('are arguments like others where they are declared', async () => {
    const result = await lowered('FROM alpine\nARG https_proxy\nRUN x\n', {
      proxy,
      buildArgs: { https_proxy: 'p' },
    });
    expect(historyOf(result).at(-1)).toBe('RUN |1 https_proxy=p /bin/sh -c x # buildkit');
  });
});
