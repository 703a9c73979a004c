import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { CommandConfig } from '../../config/deploy.ts';
import { readBuild } from './build.ts';
import { emptyDraft, type Draft } from './draft.ts';
import { readEnvFiles, readEnvironment } from './environment.ts';
import { readHealth } from './health.ts';
import { readDeploy, readLogging, sizeOf } from './limits.ts';
import { readPorts } from './ports.ts';
import { isYes, type Scope } from './scope.ts';
import { readSecrets, readSecurity } from './secrets.ts';
import { domainsOf } from './domains.ts';
import { readVolumes } from './volumes.ts';

/** The other parts of the file that services refer to. */
export interface Tops {
  readonly volumes: Node | undefined;
  readonly secrets: Node | undefined;
}

type Handler = (scope: Scope, draft: Draft, node: Node, key: string, tops: Tops) => void;

const text =
  (set: (draft: Draft, value: string) => void): Handler =>
  (scope, draft, node, key) =>
    set(draft, scope.text(node, key));

const texts =
  (add: (draft: Draft, value: string) => void): Handler =>
  (scope, draft, node, key) => {
    for (const item of scope.items(node)) add(draft, scope.text(item, key));
  };

/** What means nothing anywhere else, or is so without being said. */
const silent: Handler = () => undefined;

const handlers: Readonly<Record<string, Handler>> = {
  image: text((draft, value) => (draft.image = value)),
  build: readBuild,
  environment: readEnvironment,
  env_file: readEnvFiles,
  ports: readPorts,
  expose: texts((draft, value) => draft.exposed.push(Number.parseInt(value, 10))),
  volumes: (scope, draft, node, key, tops) => readVolumes(scope, draft, node, key, tops.volumes),
  tmpfs: texts((draft, value) => draft.tmpfs.push(value.replace(/:.*$/, ''))),
  secrets: (scope, draft, node, key, tops) => readSecrets(scope, draft, node, key, tops.secrets),
  healthcheck: readHealth,
  deploy: readDeploy,
  logging: readLogging,
  command: (scope, draft, node, key) => (draft.command = commandOf(scope, node, key)),
  entrypoint: (scope, draft, node, key) => (draft.entrypoint = commandOf(scope, node, key)),
  user: text((draft, value) => (draft.user = value)),
  restart: text((draft, value) => (draft.restart = value.replace(/:.*$/, ''))),
  mem_limit: text((draft, value) => (draft.memory = sizeOf(value))),
  cpus: text((draft, value) => (draft.cpus = value)),
  pids_limit: text((draft, value) => (draft.pids = Number(value))),
  read_only: (_scope, draft, node) => (draft.readOnly = isYes(node)),
  cap_drop: texts((draft, value) => draft.capDrop.push(value.toUpperCase())),
  cap_add: texts((draft, value) => draft.capAdd.push(value.toUpperCase())),
  security_opt: readSecurity,
  stop_signal: text((draft, value) => (draft.stopSignal = value)),
  stop_grace_period: text((draft, value) => (draft.stopGrace = value)),
  network_mode: (scope, draft, node, key) => {
    const mode = scope.text(node, key);
    if (mode === 'host' || mode === 'bridge') draft.network = mode;
    else scope.note('left out', node, key, `network mode ${mode}`);
  },
  labels: (scope, draft, node, key) => draft.domains.push(...domainsOf(scope, node, key)),
  depends_on: (scope, draft, node, key) => {
    if (isSeq(node)) {
      for (const item of scope.items(node))
        draft.dependsOn.push({ name: scope.text(item, key), condition: 'service_started' });
    } else
      for (const { key: name, value } of scope.entries(node)) {
        const condition = scope.entries(value).find((entry) => entry.key === 'condition')?.value;
        draft.dependsOn.push({ name, condition: condition ? scope.text(condition, key) : 'service_started' });
      }
  },
  container_name: silent,
  hostname: silent,
  init: silent,
  stdin_open: silent,
  tty: silent,
  profiles: silent,
  pull_policy: silent,
};

const reasons: Readonly<Record<string, string>> = {
  networks: 'Coracle makes no networks; accessories are reached by the ports that they have on the host',
  links: 'Coracle makes no networks; accessories are reached by the ports that they have on the host',
  extends: 'it is not followed: write what it brings into the service',
  scale: 'each host has one container of the service: add hosts',
  privileged: 'no container gets all rights; add single ones with capabilities.add',
  devices: 'containers get no devices',
  working_dir: 'say it in the Dockerfile (WORKDIR), or with workdir: for the image',
  extra_hosts: 'use names that the hosts can resolve',
  configs: 'put such files into the image, or mount them with volumes',
  platform: 'the image is built for the platform of the hosts; see platforms:',
  mem_reservation: 'nothing is reserved on hosts',
  ulimits: 'limits are those of the runtime on the host',
  sysctls: 'set them on the host',
  develop: 'it is for development',
};

/** One service, in our words. */
export function readService(scope: Scope, name: string, node: Node | undefined, tops: Tops): Draft {
  const draft = emptyDraft(name);
  if (!isMap(node)) throw scope.error(`services.${name} must be a map`, node);
  // Secrets last: they look at variables.
  const entries = [...scope.entries(node)].sort(
    (a, b) => Number(a.key === 'secrets') - Number(b.key === 'secrets'),
  );
  for (const { key, keyNode, value } of entries) {
    const path = `services.${name}.${key}`;
    const handler = Object.hasOwn(handlers, key) ? handlers[key] : undefined;
    if (key.startsWith('x-') || value === undefined || (isScalar(value) && value.value === null)) continue;
    if (handler) handler(scope, draft, value, path, tops);
    else scope.note('left out', keyNode, path, reasons[key] ?? 'Coracle has nothing like it');
  }
  return draft;
}

function commandOf(scope: Scope, node: Node, key: string): CommandConfig {
  return isSeq(node) ? scope.items(node).map((item) => scope.text(item, key)) : scope.text(node, key);
}
