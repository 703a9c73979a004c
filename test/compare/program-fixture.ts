import { plainSettings } from '../../src/bases/settings.ts';
import { plainDockerfile } from '../../src/build/dockerfile/settings.ts';
import type { BuildRequest, GoSettings } from '../../src/build/types.ts';
import type { ComparedProgram } from '../../src/compare/program.ts';

/** A program as findProgram gives it, without a project or a toolchain behind it. */
export function programFor(
  change: Partial<ComparedProgram> = {},
  image: Partial<BuildRequest['image']> = {},
): ComparedProgram {
  const go: GoSettings = {
    ...{ cgo: 'off', strip: true, vcs: true, flags: [], tags: [], ldflags: [], gcflags: [], env: {} },
  };
  return {
    ...{ name: 'api', context: '/project', home: '.', go },
    packages: [{ name: 'api', path: './cmd/api', dir: '/project/cmd/api' }],
    request: {
      ...{ what: '.', main: [], frontend: 'go', dockerfile: plainDockerfile, tags: [], platforms: [] },
      ...{ given: { goOnly: [], dockerfileOnly: [] }, base: plainSettings('auto'), ca: [], go },
      image: { env: {}, ports: [], labels: {}, annotations: {}, volumes: [], files: [], ...image },
      ...{ compression: { kind: 'gzip' }, mediaTypes: 'oci', outputs: [], push: false, noCache: false },
      ...{ lock: { frozen: false }, registries: {}, consulted: [] },
    },
    platform: { os: 'linux', architecture: 'amd64' },
    toolchain: { version: '1.26.0', goroot: '/go', go: '/go/bin/go', origin: 'host' },
    ...{ cgo: false, resolves: true, notes: [] },
    ...change,
  };
}
