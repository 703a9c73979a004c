/** Dockerfiles as they are out there, built by users with one id or many: cgo, a front end that is embedded. More are in test/full. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, describeWith } from '../components/program.ts';
import { openWorkshop, projects, realNeeds } from './real-projects.ts';
import type { Workshop } from './real-projects.ts';

// Go's standard library is compiled from nothing.
describeWith(realNeeds, 'a real Dockerfile, built by a user with one id', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop('single');
  });
  afterAll(async () => shop.stop());

  it('whose front end is built by Node runs', async () => {
    await shop.build(projects.web);
    await shop.ask('web-page', projects.web);
  });
});

describeWith(realNeeds, 'a real Dockerfile, built by a user with subordinate ids', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop('subids');
  });
  afterAll(async () => shop.stop());

  it('with a C file and its header runs', async () => {
    const archive = path.join(shop.root, 'words.tar');
    await shop.build(projects.cgo, ['-o', `type=docker,dest=${archive}`]);
    await shop.ask('cgo-words', projects.cgo);
    // Who owns what in Debian stays.
    const { stdout } = await call(['tar', '--list', '--file', archive]);
    expect(stdout).toContain('manifest.json');
  });
});
