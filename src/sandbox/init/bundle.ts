import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { MS } from './flags.ts';
import type { Job, JobMount, Report } from './job.ts';
import type { Libc } from './libc.ts';
import { mountMemory, openSource, source, type Source } from './mounts.ts';
import { closeOthers } from './process.ts';
import { mountRoot, mountStage, stubsBefore } from './root.ts';
import { step } from './step.ts';

/**
 * For runc: everything is mounted where only it can see it, its configuration is written beside, and then we become it. Comes
 * back only when that failed.
 */
export function becomeRuntime(libc: Libc, job: Job, report: (report: Report) => void): number {
  const { runtime } = job;
  if (runtime === undefined) return 125;
  step('mount memory for the sandbox', () => mountStage(libc, job));
  const root = path.join(job.stage, 'root');
  const sources = job.mounts.map(
    (mount, index) => openSource(libc, job, mount, index) ?? memory(libc, job, mount, index),
  );
  step('mount the root file system', () => mountRoot(libc, job, root, sources, report));
  if (job.root.kind === 'directory') {
    const stubs = step('make places to mount on', () => stubsBefore(job, root, sources));
    if (stubs.length > 0) report({ says: 'stubs', stubs });
  }
  // Its /proc must be that of its own process table.
  step('mount /proc', () => libc.mount('proc', '/proc', 'proc', MS.nosuid | MS.nodev | MS.noexec, null));
  const bundle = path.join(job.stage, 'bundle');
  step('write the configuration', () => {
    mkdirSync(bundle);
    const { mounts, ...rest } = runtime.config;
    const all = [...mounts, ...job.mounts.map((mount, index) => ociMount(mount, sources[index]))];
    const config = { ...rest, root: { path: root, readonly: job.readOnlyRoot === true }, mounts: all };
    writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(config));
  });
  const [program, ...args] = runtime.argv;
  if (program === undefined) return 125;
  step('close what is open', () => closeOthers(libc));
  report({ says: 'ready', at: String(process.hrtime.bigint()) });
  const error = libc.execve(
    program,
    [program, ...args, '--bundle', bundle, runtime.id],
    ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
  );
  writeSync(2, `${program}: ${error.code}\n`);
  return 125;
}

/** runc would give memory the mode of what it hides. */
function memory(libc: Libc, job: Job, mount: JobMount, index: number): Source | undefined {
  if (mount.kind !== 'tmpfs') return undefined;
  const place = path.join(job.stage, `m${index}`);
  mkdirSync(place);
  mountMemory(libc, mount, place);
  return source(place);
}

function isReadOnly(mount: JobMount): boolean {
  if (mount.kind === 'overlay') return mount.upper === undefined;
  return mount.kind !== 'tmpfs' && mount.readOnly;
}

function ociMount(mount: JobMount, from: Source | undefined): object {
  const destination = mount.target;
  const readOnly = isReadOnly(mount);
  const bind = mount.kind === 'bind' && mount.recursive === true ? 'rbind' : 'bind';
  const strict = mount.kind === 'file' ? ['nosuid', 'nodev', 'noexec'] : [];
  const options = [bind, 'rprivate', readOnly ? 'ro' : 'rw', ...strict];
  return { destination, type: 'bind', source: from?.place, options };
}
