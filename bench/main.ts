/**
 * Measures us beside our peers in one run, on this machine, pushing to registries on its loopback.
 *
 *   npm run bench                       everything: prints the README's table and writes bench/results.json
 *   npm run bench -- --only copying     only the cases whose name contains the word; writes nothing
 *   npm run bench -- --dockerfiles       only Dockerfile builds; the rest of bench/results.json stays
 *   npm run bench -- --explain           only explanations of images and programs; the rest stays as well
 *   npm run bench -- --deploys           only deploys to three hosts of namespaces, as root; the rest stays as well
 *   npm run bench -- --rounds 3
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildkitVersion, hasBuildkit } from '../test/components/buildkit.ts';
import { hasGo } from '../test/components/go.ts';
import { hasHosts } from '../test/components/hosts.ts';
import { parseJson } from '../test/support/json.ts';
import { hasRegistry } from '../test/components/registry.ts';
import { changed, memory, size, unchanged } from './builds.ts';
import type { Case, Row } from './case.ts';
import { compressing } from './compress.ts';
import { copying } from './copy.ts';
import { deployCases, openFleet } from './deploys.ts';
import type { Fleet } from './deploys.ts';
import { dockerfileCases, openYard } from './dockerfiles.ts';
import { diveVersion, explainCases, openDesk } from './explain.ts';
import { subject } from './programs.ts';
import { runCase } from './run.ts';
import { markdown } from './table.ts';
import { openWorkshop } from './workshop.ts';
import type { Workshop } from './workshop.ts';

function cases(at: Workshop): Case[] {
  const large = 'with 64 MB embedded';
  return [
    unchanged(at, at.small, 'gin-api'),
    unchanged(at, at.large, large),
    changed(at, at.small, 'gin-api'),
    changed(at, at.large, large),
    memory(at, at.small, 'gin-api'),
    memory(at, at.large, large),
    size(at),
    compressing(at),
    copying(at),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      dockerfiles: { type: 'boolean' },
      explain: { type: 'boolean' },
      deploys: { type: 'boolean' },
    },
  });
  const missing = [hasGo(), hasRegistry()].filter((reason) => reason !== undefined);
  if (missing.length > 0) {
    console.error(`error: the benchmark cannot run here: ${missing.join('; ')}`);
    console.error(
      'hint: sh scripts/setup-components as root installs the registry on Debian; the peers need a Go to compare with',
    );
    return 3;
  }
  // The machine's own Go settings must not favour anyone: everybody stamps the commit, everybody uses the same caches.
  delete process.env['GOFLAGS'];
  const tell = (line: string): void => console.error(line);
  tell('compiling the peers, if they are not there yet, and preparing the programs ...');
  const at = await openWorkshop();
  const rows: Row[] = [];
  // A part that is named is measured alone.
  const part = [values.dockerfiles, values.explain, values.deploys].includes(true);
  const yard =
    (part && !values.dockerfiles) || hasBuildkit() !== undefined
      ? undefined
      : await openYard(at, await subject(at.home, 'gin-docker', 0));
  if (!yard && !part) tell(`left out: Dockerfile builds, as ${hasBuildkit() ?? ''}`);
  const withHosts = !part || values.deploys === true;
  if (withHosts && hasHosts() !== undefined) tell(`left out: deploys, as ${hasHosts() ?? ''}`);
  let fleet: Fleet | undefined;
  try {
    const desk = !part || values.explain ? await openDesk(at) : undefined;
    fleet = withHosts && hasHosts() === undefined ? await openFleet() : undefined;
    const all = [
      ...(part ? [] : cases(at)),
      ...(yard ? dockerfileCases(yard) : []),
      ...(desk ? explainCases(desk) : []),
      ...(fleet ? deployCases(fleet) : []),
    ];
    for (const test of all) {
      if (values.only !== undefined && !test.work.includes(values.only)) continue;
      rows.push(await runCase(test, values.rounds === undefined ? test.rounds : Number(values.rounds), tell));
    }
  } finally {
    await fleet?.close();
    await yard?.close();
    await at.close();
  }
  process.stdout.write(markdown(rows));
  if (values.only === undefined || part) {
    const machine = {
      cores: cpus().length,
      model: cpus()[0]?.model ?? '',
      node: process.version,
      peers: [
        'ko v0.19.1',
        'crane v0.22.1',
        `BuildKit ${buildkitVersion}`,
        "Debian's buildah",
        `dive ${diveVersion}`,
      ],
    };
    const file = path.join(import.meta.dirname, 'results.json');
    const fresh = new Set(rows.map(({ work }) => work));
    const before = existsSync(file) ? parseJson<{ rows: Row[] }>(readFileSync(file, 'utf8')).rows : [];
    const kept = part ? before.filter(({ work }) => !fresh.has(work)) : [];
    const measured = new Date().toISOString().slice(0, 10);
    writeFileSync(file, `${JSON.stringify({ measured, machine, rows: [...kept, ...rows] }, undefined, 2)}\n`);
  }
  return 0;
}

process.exitCode = await main();
