/** `deploy:` of coracle.yaml: where a service runs, what serves it, and how a release comes to be. Each default that is not derived stands here. */
import { container } from './container.ts';
import { accessory, job } from './beside.ts';
import { choice, count, duration, keys, list, map, text, textOrNumber, type Schema } from './kit.ts';
import { judge, strategy } from './judge.ts';
import { health, proxy } from './traffic.ts';

const user = text('Who logs in.', { pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@-]*$', examples: ['deploy'] });
const port = count('Port of its ssh server.', 1, 65_535);
const jump = text('Hosts to go through, as in ssh -J.', {
  pattern: '^[A-Za-z0-9_\\[][A-Za-z0-9_.@:,\\[\\]-]*$',
  examples: ['bastion.example.com'],
});

const host: Schema = {
  anyOf: [
    keys(
      'A host with more to say of it.',
      {
        name: text('What people call it, and --host.', {
          pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
          examples: ['web1'],
        }),
        address: text("Name or address, or a name of ssh's configuration; the name when it is not given.", {
          pattern: '^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$',
          examples: ['10.0.0.5'],
        }),
        user,
        port,
        jump,
        labels: map('For people, shown by status.'),
        roles: list(
          text('A role.', { pattern: '^[a-z][a-z0-9-]*$', examples: ['jobs'] }),
          'What it is for; jobs and accessories can name a role.',
        ),
      },
      { required: ['name'] },
    ),
    { type: 'string' },
  ],
};

export const deploy: Schema = keys('How the image is deployed to hosts; see docs/deploy.md.', {
  hosts: list(host, 'Hosts to deploy to: user@host:port, or a map with more.', {
    examples: [['web1.example.com', { name: 'web2', address: '10.0.0.5', user: 'deploy' }]],
  }),
  ssh: keys("For all hosts that do not say otherwise; ssh's own configuration counts too.", {
    user,
    port,
    jump,
  }),
  proxy,
  health,
  ...container,
  jobs: keys('Commands that run to their end, each once, on one host, in containers of the new release.', {
    before: list(job, 'Before the new release starts: migrations.'),
    after: list(job, 'After it was confirmed.'),
  }),
  accessories: {
    type: 'object',
    additionalProperties: accessory,
    propertyNames: { pattern: '^[a-z][a-z0-9-]{0,29}$' },
    description:
      'Containers beside the service, such as Redis: started when they are not there, never restarted by a deploy.',
  },
  strategy,
  judge,
  confirm: duration('A host that does not hear from the deployer for so long goes back by itself.', {
    default: '1m',
  }),
  drain: duration('Connections of the old release are waited for so long before its stop signal.', {
    default: '30s',
  }),
  keep: keys(
    'Releases that coracle prune keeps; the running and the previous one always stay.',
    {
      releases: count('So many.', 2, 1000, { default: 5 }),
      age: text('Not older than this.', { pattern: '^\\d+[dwhms]', examples: ['30d'] }),
      space: textOrNumber('Not more than this, together.', { examples: ['5GB'] }),
    },
    { default: {} },
  ),
  images: choice(
    'Where hosts get the image: from its registry, through the ssh connection, or (auto) the registry when it is there.',
    ['auto', 'registry', 'ssh'],
    { default: 'auto' },
  ),
  parallel: count('Hosts worked on at a time.', 1, 1000, { default: 10 }),
});
