import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dockerfileFile, dockerfilePage } from '../../scripts/dockerfile-docs.ts';

it('docs/dockerfile.md names every instruction and option with its cases', async () => {
  const page = readFileSync(dockerfileFile, 'utf8');
  expect(await dockerfilePage(page), 'run: node scripts/docs.ts').toBe(page);
});
