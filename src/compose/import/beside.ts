import type { Node } from 'yaml';
import { commandWords } from '../../config/words.ts';
import type { Draft } from './draft.ts';
import { portText, withoutEmpty } from './main-service.ts';
import { at, type Scope } from './scope.ts';

type Plain = Record<string, unknown>;

/** Keys of a service that an accessory has nothing for. */
const without: Readonly<Record<string, string>> = {
  healthcheck: 'accessories are started and left alone: nobody waits for their health',
  user: 'an accessory runs as its image says',
  read_only: 'the root of an accessory can be written',
  tmpfs: 'accessories have volumes only',
  cap_add: 'an accessory has the capabilities that the runtime gives',
  cap_drop: 'an accessory has the capabilities that the runtime gives',
  entrypoint: "an accessory has its image's",
  network_mode: 'accessories are on the default network',
  stop_signal: 'it is that of the image',
  stop_grace_period: 'it is that of the runtime',
  logging: 'logs of accessories are rotated as the service’s are by default',
};

/** A service of an image as an accessory; what has no counterpart is noted. */
export function accessoryOf(scope: Scope, draft: Draft, node: Node | undefined): Plain {
  for (const [key, why] of Object.entries(without)) {
    const value = at(scope, node, key);
    if (!value) continue;
    forget(scope, `services.${draft.name}.${key}`);
    scope.note('left out', value, `services.${draft.name}.${key}`, why);
  }
  if (draft.restart !== undefined && draft.restart !== 'unless-stopped' && draft.restart !== 'always')
    scope.note(
      'differs',
      at(scope, node, 'restart'),
      `services.${draft.name}.restart`,
      'an accessory is always started again',
    );
  pin(scope, draft, at(scope, node, 'image'));
  return withoutEmpty({
    image: draft.image,
    ports: draft.ports.map(portText),
    env: draft.env,
    secrets: draft.secrets,
    volumes: draft.volumes,
    command: draft.command,
    memory: draft.memory,
    cpus: draft.cpus,
  });
}

/** Drops what was noted of a part of the file that means nothing after all. */
export function forget(scope: Scope, key: string): void {
  const kept = scope.notes.filter((note) => note.key !== key && !note.key.startsWith(`${key}.`));
  scope.notes.splice(0, scope.notes.length, ...kept);
}

function pin(scope: Scope, { name, image = '' }: Draft, node: Node | undefined): void {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return;
  scope.pins.push({ line: node ? scope.yaml.range(node).line : 1, accessory: name, image });
}

/** A service that runs to its end before the main one starts. */
export function jobOf(scope: Scope, draft: Draft, main: Draft, node: Node | undefined): Plain | undefined {
  const own = isSameImage(draft, main);
  if (own) for (const key of ['build', 'image']) forget(scope, `services.${draft.name}.${key}`);
  if (draft.command === undefined && draft.entrypoint === undefined) {
    scope.note(
      'left out',
      node,
      `services.${draft.name}`,
      'a job needs a command: write it below deploy.jobs.before',
    );
    return undefined;
  }
  return withoutEmpty({
    name: draft.name,
    command:
      draft.entrypoint === undefined
        ? draft.command
        : words(draft.entrypoint).concat(words(draft.command ?? [])),
    image: own ? undefined : draft.image,
  });
}

function words(command: string | readonly string[]): string[] {
  return typeof command === 'string' ? commandWords(command, { name: 'entrypoint' }) : [...command];
}

/** Whether two services run the same image. */
export function isSameImage(one: Draft, other: Draft): boolean {
  if (one.build && other.build) return JSON.stringify(one.build) === JSON.stringify(other.build);
  return one.image !== undefined && one.image === other.image;
}

/** Whether it is a proxy before the others, whose work Coracle's does. */
export function isProxy({ image = '' }: Draft): boolean {
  return /(^|\/)(traefik|nginx-proxy|acme-companion|caddy-docker-proxy)([:@]|$)/.test(image);
}
