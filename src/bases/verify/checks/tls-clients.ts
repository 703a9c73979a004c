import type { InsideOptions, Ran } from '../inside.ts';
import { probeName } from '../probe.ts';
import { serverAddress, serverName } from '../service.ts';
import type { Trial } from '../trial.ts';

/** A program that opens a TLS connection to our server and checks its certificate against the base's own authorities. */
export interface TlsClient {
  readonly by: string;
  connect(options: InsideOptions): Promise<Ran>;
  judge(ran: Ran): Handshake;
}

/** `other`: it did not come to decide on the certificate. */
export type Handshake = 'accepted' | 'refused' | 'other';

/** The programs of a base that check certificates; our own when it has none of them. */
export async function tlsClients(trial: Trial): Promise<TlsClient[]> {
  const { inside, service } = trial;
  const hosts = [{ name: serverName, address: serverAddress }];
  // A proxy that the image names would be asked for a name that nobody knows.
  const env = ['http_proxy=', 'https_proxy=', 'HTTPS_PROXY=', 'ALL_PROXY=', 'all_proxy='];
  const found: TlsClient[] = [];
  for (const { name, path, words, input, refused } of known) {
    const program = path === undefined ? await inside.program(name) : await inside.file(path);
    if (program === undefined || (await isBusybox(trial, program))) continue;
    const argv: [string, ...string[]] = [program, ...words(serverName, service.tlsPort)];
    found.push({
      by: `${name}, inside`,
      connect: async (options) =>
        inside.run(argv, { ...options, hosts, env, ...(input !== undefined && { input }) }),
      judge: (ran) => (ran.code === 0 ? 'accepted' : refused(ran) ? 'refused' : 'other'),
    });
  }
  const probe = found.length === 0 ? await trial.probe() : undefined;
  if (!probe) return found;
  const words = ['tls', `${serverAddress}:${service.tlsPort}`, serverName];
  return [
    {
      by: probeName,
      connect: async (options) => probe.run(words, { ...options, user: inside.user }),
      judge: (ran) => (ran.code === 0 ? 'accepted' : ran.code === 2 ? 'refused' : 'other'),
    },
  ];
}

interface Known {
  readonly name: string;
  /** When it does not lie on PATH. */
  readonly path?: string;
  words(server: string, port: number): readonly string[];
  readonly input?: string;
  refused(ran: Ran): boolean;
}

const known: readonly Known[] = [
  {
    name: 'openssl',
    words: (server, port) => [
      ...['s_client', '-connect', `${server}:${port}`, '-servername', server],
      ...['-verify_hostname', server, '-verify_return_error'],
    ],
    input: '',
    refused: ({ stdout, stderr }) => /verify error|certificate verify failed/i.test(stdout + stderr),
  },
  {
    name: 'curl',
    words: (server, port) => ['-sS', '-o', '/dev/null', '--noproxy', '*', `https://${server}:${port}/`],
    refused: ({ code }) => code === 60,
  },
  {
    name: 'wget',
    words: (server, port) => ['-q', '-O', '/dev/null', '-t', '1', `https://${server}:${port}/`],
    refused: ({ code }) => code === 5,
  },
  {
    // It is what apt itself fetches with.
    name: 'apt-helper',
    path: '/usr/lib/apt/apt-helper',
    words: (server, port) => [
      ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=0'],
      ...['-o', 'Acquire::https::Proxy=DIRECT'],
      ...['download-file', `https://${server}:${port}/it`, '/tmp/coracle-verify'],
    ],
    refused: ({ stdout, stderr }) =>
      /certificate (?:verification failed|is NOT trusted|verify failed)/i.test(stdout + stderr),
  },
];

/** Its wget knows no authorities. */
async function isBusybox({ inside }: Trial, program: string): Promise<boolean> {
  return (await inside.file(program))?.endsWith('/busybox') === true;
}
