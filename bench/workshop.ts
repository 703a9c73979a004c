import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../src/core/temp.ts';
import { crane, ko } from '../test/components/go.ts';
import { call } from '../test/components/program.ts';
import { startRegistry } from '../test/components/registry.ts';
import type { TestRegistry } from '../test/components/registry.ts';
import { subject } from './programs.ts';
import type { Subject } from './programs.ts';

/** Everything the cases need: two registries on loopback, the peers, the programs to build. */
export interface Workshop {
  readonly home: string;
  readonly registry: TestRegistry;
  readonly other: TestRegistry;
  readonly coracle: string;
  readonly coracleEnv: Readonly<Record<string, string>>;
  readonly ko: string;
  readonly koEnv: Readonly<Record<string, string>>;
  readonly crane: string;
  readonly small: Subject;
  readonly large: Subject;
  close(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const home = mkdtempSync(path.join(tmpdir(), 'coracle-bench-'));
  const [koProgram, craneProgram] = [await ko(), await crane()];
  const [registry, other] = [await startRegistry(), await startRegistry()];
  const koConfig = path.join(home, 'ko-config');
  mkdirSync(koConfig);
  // What coracle.yaml asks for too, so that both link the same program.
  writeFileSync(
    path.join(koConfig, '.ko.yaml'),
    'builds:\n  - id: api\n    main: ./cmd/api\n    flags: [-tags, nomsgpack]\n    ldflags: [-s, -w]\n',
  );
  return {
    home,
    registry,
    other,
    coracle: path.join(import.meta.dirname, '..', 'coracle'),
    coracleEnv: { CORACLE_HOME: path.join(home, 'coracle-home') },
    ko: koProgram,
    koEnv: {
      KO_CONFIG_PATH: koConfig,
      KO_DOCKER_REPO: `${registry.host}/ko`,
      KO_DEFAULTBASEIMAGE: await koBase(home, craneProgram, registry),
    },
    crane: craneProgram,
    small: await subject(home, 'gin-api', 0),
    large: await subject(home, 'gin-api-64', 64),
    async close() {
      await registry.stop();
      await other.stop();
      await removeTree(home);
    },
  };
}

/**
 * ko's own default base is out of reach of a loopback benchmark; it gets one like it, a little smaller: certificates, accounts,
 * /tmp.
 */
async function koBase(home: string, craneProgram: string, registry: TestRegistry): Promise<string> {
  const root = path.join(home, 'base');
  mkdirSync(path.join(root, 'etc', 'ssl', 'certs'), { recursive: true });
  mkdirSync(path.join(root, 'tmp'));
  await call([
    'cp',
    path.join(import.meta.dirname, '..', 'src', 'base', 'ca-bundle.pem'),
    path.join(root, 'etc', 'ssl', 'certs', 'ca-certificates.crt'),
  ]);
  writeFileSync(
    path.join(root, 'etc', 'passwd'),
    'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  );
  const layer = path.join(home, 'base.tar.gz');
  await call(['tar', '-czf', layer, '-C', root, 'etc', 'tmp']);
  const reference = `${registry.host}/base:latest`;
  await call([craneProgram, 'append', '--new_layer', layer, '--new_tag', reference, '--oci-empty-base']);
  await call([
    craneProgram,
    'mutate',
    reference,
    '--set-platform',
    'linux/amd64',
    '--user',
    '65532',
    '--tag',
    reference,
  ]);
  return reference;
}
