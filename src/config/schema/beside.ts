import { cpus, memory, ports, secrets, volumes } from './container.ts';
import { command, duration, keys, map, text } from './kit.ts';

const on = text('A role, or the name of a host; the first host when it is not given.', {
  examples: ['web1'],
});

export const job = keys(
  'A command.',
  {
    name: text('What it is called.', { pattern: '^[a-z][a-z0-9-]{0,39}$', examples: ['migrate'] }),
    command: command('What runs, the program first.'),
    on,
    timeout: duration('It is ended then, and has failed.', { default: '10m' }),
    image: text('An image in place of the new release.'),
  },
  { required: ['name', 'command'] },
);

export const accessory = keys(
  'A container.',
  {
    image: text('With its digest, so that it is the same on all hosts and days.', {
      examples: ['redis:8@sha256:…'],
    }),
    on,
    ports,
    env: map('Environment.'),
    secrets,
    volumes,
    command: command("Arguments in place of the image's."),
    memory,
    cpus,
  },
  { required: ['image'] },
);
