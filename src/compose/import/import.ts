import { isMap, isScalar, type Node } from 'yaml';
import { parseYaml } from '../../config/yaml.ts';
import { closest } from '../../core/closest.ts';
import { ToolError } from '../../core/errors.ts';
import { extension, type Imported } from '../types.ts';
import { accessoryOf, forget, isProxy, isSameImage, jobOf } from './beside.ts';
import type { Draft } from './draft.ts';
import { mainDeploy, withoutEmpty } from './main-service.ts';
import { plainOf } from './plain.ts';
import { at, scopeOf, type Files, type Scope } from './scope.ts';
import { readService } from './service.ts';

export interface ImportOptions {
  /** The name of the file, as shown. */
  readonly file: string;
  /** The service that becomes ours; the one that is built, without it. */
  readonly service?: string;
  /** Of `.env` beside the file, for what the file fills in. */
  readonly variables: Readonly<Record<string, string>>;
  /** Files that `env_file:` names; see envFilesOf. */
  readonly files: Files;
}

type Plain = Record<string, unknown>;

/**
 * A coracle.yaml of a compose file (the Compose specification, and versions 2 and 3 before it): one service becomes ours, others of images become
 * accessories, what runs to its end before ours starts becomes a job. What does not translate is listed by its line.
 * @throws ToolError COMPOSE_INVALID; USAGE when it is not clear which service is ours
 */
export function importCompose(text: string, options: ImportOptions): Imported {
  const yaml = parseYaml(text, options.file, 'COMPOSE_INVALID');
  const root = yaml.resolve(yaml.root);
  const scope = scopeOf(yaml, options.files, (name) => options.variables[name]);
  const services = at(scope, root, 'services');
  if (!isMap(services) || scope.entries(services).length === 0)
    throw scope.error(
      `${options.file} has no services`,
      services ?? root,
      'A compose file has services: {web: {image: …}}.',
    );
  noteTops(scope, root);
  const tops = { volumes: at(scope, root, 'volumes'), secrets: at(scope, root, 'secrets') };
  const nodes = new Map(scope.entries(services).map(({ key, value }) => [key, value]));
  const drafts = [...nodes].map(([name, node]) => readService(scope, name, node, tops));
  const kept = at(scope, root, extension);
  const chosen = options.service ?? plainOf(scope, at(scope, kept, 'service'));
  const main = mainOf(drafts, options.file, typeof chosen === 'string' ? chosen : undefined);
  const beside = besideOf(scope, drafts, main, nodes);
  const deploy = { ...mainDeploy(scope, main, nodes.get(main.name)), ...beside };
  const ours = plainOf(scope, at(scope, kept, 'deploy'));
  noteMain(scope, main, nodes.get(main.name));
  return {
    file: options.file,
    service: main.name,
    config: withoutEmpty({
      ...topOf(main),
      ...asMap(plainOf(scope, at(scope, kept, 'config'))),
      deploy: { ...deploy, ...asMap(ours) },
    }),
    notes: scope.notes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    pins: scope.pins,
  };
}

/** Files that a compose file's `env_file:` names, as it names them. @throws ToolError COMPOSE_INVALID */
export function envFilesOf(
  text: string,
  file: string,
  variables: Readonly<Record<string, string>>,
): string[] {
  const yaml = parseYaml(text, file, 'COMPOSE_INVALID');
  const scope = scopeOf(yaml, new Map(), (name) => variables[name]);
  return scope.entries(at(scope, yaml.resolve(yaml.root), 'services')).flatMap(({ value }) =>
    scope.items(at(scope, value, 'env_file')).flatMap((item) => {
      const node = isMap(item) ? at(scope, item, 'path') : item;
      return isScalar(node) ? [scope.text(node, 'env_file')] : [];
    }),
  );
}

function topOf(main: Draft): Plain {
  const { file, target, args } = main.build ?? {};
  return {
    name: plainName(main.name),
    ...(main.image !== undefined && { image: main.image }),
    dockerfile: withoutEmpty({ file, target, args }),
  };
}

function noteMain(scope: Scope, main: Draft, node: Node | undefined): void {
  const key = `services.${main.name}`;
  if (!main.build)
    scope.note(
      'to do',
      at(scope, node, 'image'),
      `${key}.image`,
      'Coracle deploys what it builds: put coracle.yaml beside the source, or a Dockerfile with FROM this image',
    );
  if (main.entrypoint !== undefined)
    scope.note(
      'left out',
      at(scope, node, 'entrypoint'),
      `${key}.entrypoint`,
      'say it in the Dockerfile, or with entrypoint: for the image',
    );
  if (!main.readOnly || !main.noNewPrivileges || main.capDrop.length === 0)
    scope.note(
      'differs',
      node,
      key,
      'kept as loose as it was: take readOnly, capabilities and noNewPrivileges out of deploy if the program does without',
    );
  scope.note('to do', undefined, 'deploy.hosts', 'a compose file names no hosts: write them');
}

function mainOf(drafts: readonly Draft[], file: string, service: string | undefined): Draft {
  const names = drafts.map(({ name }) => name);
  if (service !== undefined) {
    const found = drafts.find(({ name }) => name === service);
    if (found) return found;
    const guess = closest(service, names);
    throw new ToolError('USAGE', `${file} has no service ${JSON.stringify(service)}`, {
      hint: `${guess === undefined ? '' : `Did you mean ${guess}? `}It has ${names.join(', ')}.`,
    });
  }
  const jobs = new Set(drafts.flatMap(({ dependsOn }) => dependsOn.filter(isJob).map(({ name }) => name)));
  const built = drafts.filter(({ name, build }) => build && !jobs.has(name));
  const serving = built.filter(({ ports, exposed }) => ports.length + exposed.length > 0);
  const [only, ...more] =
    built.length === 0 ? (drafts.length === 1 ? drafts : []) : serving.length === 1 ? serving : built;
  if (only && more.length === 0) return only;
  const these = built.length > 1 ? built.map(({ name }) => name) : names;
  throw new ToolError('USAGE', `which service is yours? There are ${these.join(', ')}`, {
    hint: `Say it: --service ${these[0] ?? ''}. The others with images become accessories.`,
  });
}

function besideOf(
  scope: Scope,
  drafts: readonly Draft[],
  main: Draft,
  nodes: ReadonlyMap<string, Node | undefined>,
): Plain {
  const jobs: Plain[] = [];
  const accessories: Plain = {};
  const before = new Set(main.dependsOn.filter(isJob).map(({ name }) => name));
  for (const draft of drafts) {
    const node = nodes.get(draft.name);
    const key = `services.${draft.name}`;
    if (draft === main) continue;
    if (before.has(draft.name)) {
      const job = jobOf(scope, draft, main, node);
      if (job) jobs.push({ ...job, name: plainName(draft.name) });
    } else if (isProxy(draft))
      leaveOut(scope, node, key, "Coracle's proxy takes its place; see deploy.proxy");
    else if (isSameImage(draft, main))
      leaveOut(
        scope,
        node,
        key,
        `it runs the image of ${main.name} in another way: give it a coracle.yaml of its own`,
      );
    else if (draft.image === undefined || draft.build)
      leaveOut(scope, node, key, 'it is built from source of its own: give it a coracle.yaml of its own');
    else {
      accessories[plainName(draft.name)] = accessoryOf(scope, draft, node);
      noteReach(scope, draft, main, node);
    }
  }
  return withoutEmpty({ jobs: withoutEmpty({ before: jobs }), accessories });
}

/** A whole service that does not become anything: what its lines say does not matter then. */
function leaveOut(scope: Scope, node: Node | undefined, key: string, why: string): void {
  forget(scope, key);
  scope.note('left out', node, key, why);
}

/** Names of services are host names in the network that compose makes. */
function noteReach(scope: Scope, draft: Draft, main: Draft, node: Node | undefined): void {
  const name = new RegExp(`(^|[^\\w.-])${draft.name.replaceAll(/[^\w-]/g, '.')}(?![\\w.-])`);
  const named = Object.entries(main.env).find(([, value]) => name.test(value))?.[0];
  if (named !== undefined)
    scope.note(
      'to do',
      node,
      `services.${draft.name}`,
      `${named} of ${main.name} reaches it by the name ${draft.name}, which only compose's network knows: see accessories in docs/deploy.md`,
    );
}

function isJob({ condition }: { readonly condition: string }): boolean {
  return condition === 'service_completed_successfully';
}

const tops: Readonly<Record<string, string>> = {
  networks: 'Coracle makes no networks',
  configs: 'put such files into the image, or mount them with volumes',
  include: 'it is not followed: import one file that has all',
};

function noteTops(scope: Scope, root: Node | undefined): void {
  for (const { key, keyNode } of scope.entries(root)) {
    const why = tops[key];
    if (why !== undefined) scope.note('left out', keyNode, key, why);
  }
}

/** A name as ours are: lower-case letters, digits and `-`. */
function plainName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 30);
  return plain === '' ? 'service' : plain;
}

function asMap(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
