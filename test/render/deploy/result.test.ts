import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { DeployResult } from '../../../src/deploy/types.ts';
import { renderDeploy } from '../../../src/render/deploy/result.ts';
import { documentSchema } from '../../../src/render/schemas.ts';
import { styleFor } from '../../../src/render/style.ts';
import { displayWidth } from '../../../src/render/width.ts';
import { parseJson } from '../../support/json.ts';

const view = { style: styleFor(false), columns: 80, verb: 'deploy' } as const;
const good: DeployResult = {
  service: 'api-production',
  environment: 'production',
  release: {
    id: '20261122-004512-1a2b3c4',
    service: 'api-production',
    image: `sha256:${'1a2b3c4d'.repeat(8)}`,
    version: 'v1.4.0',
    by: 'ana@laptop',
    at: 1,
  },
  from: '20261121-100000-aaaaaaa',
  outcome: 'deployed',
  summary: 'It serves on 2 hosts.',
  hosts: [
    { host: 'web1', serves: '20261122-004512-1a2b3c4', phase: 'retire' },
    { host: 'web2', serves: '20261122-004512-1a2b3c4', phase: 'retire' },
  ],
  steps: [
    {
      share: 25,
      hosts: ['web1', 'web2'],
      verdict: 'pass',
      evidence: ['errors: 0 of 1204, allowed 1 %'],
      fresh: { requests: 1204, errors: 0, latency: 12 },
      old: { requests: 3611, errors: 2, latency: 11 },
    },
  ],
  urls: ['https://api.example.com/'],
  took: 41_200,
  firstRequest: 9800,
};
const error = {
  code: 'CONTAINER_FAILED',
  message: 'web1: it was not ready within 30 s',
  hint: 'read its log',
};
const bad: DeployResult = {
  ...good,
  outcome: 'failed',
  summary: 'Not deployed.',
  next: 'coracle logs production',
  hosts: [
    {
      host: 'web1',
      serves: '20261121-100000-aaaaaaa',
      phase: 'prove',
      error,
      evidence: {
        log: `${Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n')}\n\u001B[2Jcannot reach http://ana:secret@db/ ${'x'.repeat(500)}\n`,
        inspect: JSON.stringify({
          image: 'x',
          state: { Status: 'exited', ExitCode: 137, Error: '', Pid: 0 },
        }),
        probe: '503: no database',
      },
    },
    {
      host: 'web2',
      serves: '20261121-100000-aaaaaaa',
      phase: 'prove',
      error: { ...error, message: 'web2: it was not ready within 30 s' },
    },
  ],
};

test('a release that serves: where, how it was judged, how long it took, its URL', () => {
  const text = renderDeploy(good, view);
  for (const words of [
    'api-production 20261122-004512-1a2b3c4',
    'deployed on 2 hosts in 41.2 s, the first request answered after 9.8 s',
    '20261122-004512-1a2b3c4 on web1, web2',
    '25 % on web1, web2: pass',
    'new 1,204 requests, 0 errors, 12 ms; old 3,611 requests, 2 errors',
    'https://api.example.com/',
  ])
    expect(text).toContain(words);
});

test('one that failed: the reason once for all hosts, what serves, and what was kept of it', () => {
  const text = renderDeploy(bad, view);
  expect(text.match(/it was not ready within 30 s/g)).toHaveLength(1);
  for (const words of [
    'failed after 41.2 s',
    'web1, web2 prove: it was not ready within 30 s [CONTAINER_FAILED]',
    'serves 20261121-100000-aaaaaaa',
    '--- last probe of web1 ---\n 503: no database',
    'Status: exited, ExitCode: 137',
    '--- log of web1, last 12 of 41 lines ---',
    'coracle logs production',
  ])
    expect(text).toContain(words);
  expect(text).not.toContain('https://api.example.com/');
  expect(text).not.toContain('secret');
  // oxlint-disable-next-line no-control-regex
  expect(text).not.toMatch(/\u001B/);
  for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
});

test('hosts that serve different releases are told loudly', () => {
  const text = renderDeploy({ ...bad, outcome: 'split', summary: 'web1 serves another one.' }, view);
  expect(text).toContain('split: web1 serves another one.');
});

test('the documents of deploy and rollback have the form that is published', () => {
  for (const name of ['deploy', 'rollback'] as const) {
    const valid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(documentSchema(name));
    for (const result of [good, bad]) {
      valid(parseJson<unknown>(JSON.stringify({ schema: `coracle.${name}/v1`, ...result })));
      expect(valid.errors).toBeNull();
    }
  }
});
