import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cached } from './cache.ts';
import { goCommand } from './go.ts';

/** How the service behaves; service/main.go says what each means. */
export type Behaviour = Partial<
  Record<
    | 'REFUSE'
    | 'NEVER_READY'
    | 'READY_AFTER'
    | 'CRASH_AFTER'
    | 'ERRORS'
    | 'SLOW'
    | 'IGNORE_TERM'
    | 'LISTEN'
    | 'PORT'
    | 'LOG',
    string
  >
>;

const source = path.join(import.meta.dirname, 'service');

/** The service as a static program for linux and this machine's architecture, or another. @returns its path */
export async function serviceProgram(arch?: 'amd64' | 'arm64'): Promise<string> {
  const key = createHash('sha256')
    .update(readFileSync(path.join(source, 'main.go')))
    .digest('hex')
    .slice(0, 16);
  const directory = await cached(`service-${key}${arch ?? ''}`, async (fresh) => {
    await goCommand(
      ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', path.join(fresh, 'service'), '.'],
      {
        cwd: source,
        env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', ...(arch === undefined ? {} : { GOARCH: arch }) },
      },
    );
  });
  return path.join(directory, 'service');
}

/**
 * A build context of the service: a Dockerfile of one COPY. Two of them differ in their configuration alone, so that they share their layer.
 */
export async function serviceContext(
  directory: string,
  version: string,
  behaviour: Behaviour = {},
  arch?: 'amd64' | 'arm64',
): Promise<string> {
  await mkdir(directory, { recursive: true });
  await copyFile(await serviceProgram(arch), path.join(directory, 'service'));
  const variables = Object.entries({ VERSION: version, ...behaviour });
  await writeFile(
    path.join(directory, 'Dockerfile'),
    [
      'FROM scratch',
      'COPY service /service',
      ...variables.map(([name, value]) => `ENV ${name}="${value}"`),
      'EXPOSE 8080',
      'ENTRYPOINT ["/service"]',
      '',
    ].join('\n'),
  );
  return directory;
}
