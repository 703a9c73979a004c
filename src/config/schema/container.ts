import {
  choice,
  command,
  count,
  duration,
  keys,
  list,
  map,
  scalar,
  text,
  textOrNumber,
  words,
  yes,
  type Schema,
} from './kit.ts';

const size = (description: string): Schema => textOrNumber(description, { examples: ['512MiB', '1.5GB'] });

export const cpus = textOrNumber('Processors, such as 1.5.', { examples: ['1.5'] });
export const memory = size('Memory.');

export const secrets: Schema = {
  anyOf: [
    {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: keys('Where the value is; one of these.', {
        env: text("A variable of the deployer's environment."),
        file: text('A file, relative to this one.'),
        command: command('A command that prints it.'),
      }),
    },
    {
      type: 'array',
      items: text('A variable.', { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', examples: ['DATABASE_URL'] }),
    },
  ],
  description:
    'Variables whose values are not in this file: by name where each comes from, or a list of names that the environment of the deployer has.',
  examples: [['DATABASE_URL'], { TOKEN: { command: 'pass show api/token' } }],
};

export const volumes = list(
  {
    anyOf: [
      keys(
        'A volume.',
        {
          source: text('Absolute path on the host, or the name of a volume.'),
          target: text('Absolute path in the container.', { pattern: '^/' }),
          readOnly: yes('May not be written.', false),
        },
        { required: ['source', 'target'] },
      ),
      { type: 'string' },
    ],
  },
  'Data that outlives containers: SOURCE:TARGET or SOURCE:TARGET:ro.',
  { examples: [['uploads:/srv/uploads', '/etc/ssl/private:/certificates:ro']] },
);

export const ports = list(
  {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 65_535 },
      keys(
        'A port.',
        {
          container: count('Port in the container.', 1, 65_535),
          host: count('Port of the host; the same when it is not given.', 1, 65_535),
          protocol: choice('Protocol.', ['tcp', 'udp'], { default: 'tcp' }),
          public: yes("On all of the host's addresses, not only its loopback.", false),
        },
        { required: ['container'] },
      ),
      { type: 'string' },
    ],
  },
  'Further ports that the host has, on its loopback: CONTAINER, HOST:CONTAINER, with /udp; 0.0.0.0:HOST:CONTAINER is public. The port that the proxy serves needs no line here.',
  { examples: [[9090, '0.0.0.0:53:5353/udp']] },
);

/** Keys of `deploy:` that say how a release's container is run. */
export const container: Readonly<Record<string, Schema>> = {
  port: count('Port that the program listens on; the first of ports: of the image, else 8080.', 1, 65_535),
  portVariable: text(
    'Variable that tells the program its port, with network host, where two releases cannot have the same.',
    { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', default: 'PORT', examples: ['PORT'] },
  ),
  network: choice(
    "`host` gives up the container's own network: the program must listen on the port that it is told, on loopback, and reaches all that the host reaches.",
    ['bridge', 'host'],
    { default: 'bridge' },
  ),
  ports,
  resources: keys(
    'Limits of a container.',
    {
      cpus,
      memory,
      pids: count('Processes and threads.', 1, 4_194_304, { default: 4096 }),
    },
    { default: {} },
  ),
  env: { ...map('Environment, over that of the image.'), additionalProperties: scalar },
  secrets,
  volumes,
  readOnly: yes('The root file system cannot be written; tmpfs and volumes can.', true),
  tmpfs: words('Directories in memory.', { default: ['/tmp'] }),
  capabilities: keys(
    'Capabilities of Linux, without CAP_.',
    {
      drop: words('Taken away.', { default: ['ALL'] }),
      add: words('Given back, such as NET_BIND_SERVICE.', { default: [] }),
    },
    { default: {} },
  ),
  noNewPrivileges: yes('No program in it gains rights by set-uid files.', true),
  logging: keys(
    'How much of its output is kept.',
    {
      size: textOrNumber('Of one file.', { default: '10MB', examples: ['10MB'] }),
      files: count('Files.', 1, 1000, { default: 3 }),
    },
    { default: {} },
  ),
  restart: choice('When it has ended by itself.', ['unless-stopped', 'always', 'on-failure', 'no'], {
    default: 'unless-stopped',
  }),
  user: textOrNumber("User in the container; the image's when it is not given.", {
    examples: ['65532:65532'],
  }),
  command: command("Arguments in place of the image's."),
  stopSignal: text("Signal that asks it to end; the image's when it is not given.", {
    pattern: '^(SIG)?[A-Z][A-Z0-9+-]*$|^[1-9][0-9]?$',
    examples: ['SIGTERM'],
  }),
  stopGrace: duration('Time to end after the signal, before it is killed.', { default: '10s' }),
};
