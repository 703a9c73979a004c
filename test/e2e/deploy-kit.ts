/** The ground on which deploys are tried: hosts, images of one service that behaves well or badly, and the command as people type it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Event, Phase } from '../../src/core/event.ts';
import type { DeployResult, FleetStatus } from '../../src/deploy/types.ts';
import { removeTree } from '../../src/core/temp.ts';
import { startHosts } from '../components/hosts.ts';
import type { HostSpec, TestHost, TestHosts } from '../components/hosts.ts';
import { serviceContext } from '../components/service.ts';
import type { Behaviour } from '../components/service.ts';
import { parseJson } from '../support/json.ts';
import { coracle, coracleOk, program } from './coracle.ts';

/** `deploy:` of coracle.yaml, as plain data. */
export type Deploying = Readonly<Record<string, unknown>>;

export interface Ground {
  readonly fleet: TestHosts;
  readonly directory: string;
  /** CORACLE_HOME and what else the command is run with. */
  readonly env: Readonly<Record<string, string>>;
  readonly urls: readonly string[];
  host(index: number): TestHost;
  /** An image of the service in the store. @returns its name */
  image(version: string, behaviour?: Behaviour): Promise<string>;
  /** Writes coracle.yaml: the ground's settings with these in place of theirs. */
  configure(changes?: Deploying): void;
  /** Starts a verb that reports as it goes. */
  begin(verb: string, ...args: readonly string[]): Running;
  /** Runs a verb that ends with a DeployResult, which is undefined when it failed before there was one. */
  deploy(verb: 'deploy' | 'rollback', ...args: readonly string[]): Promise<Ended>;
  status(): Promise<FleetStatus>;
  /** What answers through each host's proxy now: a version, or why nothing did. */
  serving(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface Ended {
  readonly code: number;
  readonly result: DeployResult | undefined;
  readonly errors: string;
}

export interface Running {
  readonly pid: number;
  readonly events: readonly Event[];
  /** Resolves when an event fits. @throws when the verb ends before */
  until(what: string, fits: (event: Event) => boolean): Promise<void>;
  /** Resolves when a host (any, unless named) has come to a phase. */
  at(phase: Phase, state?: 'started' | 'done', host?: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** What every test's coracle.yaml says unless it says otherwise: short times, so that tests are. */
const usual: Deploying = {
  health: { path: '/healthz', port: 8080, interval: '100ms', deadline: '5s', settle: '500ms' },
  strategy: 'all',
  judge: { window: '3s', sample: 20, noData: 'pass' },
  confirm: '10s',
  drain: '2s',
};

/** @param port of the proxies; ordinary users may not have 80 */
export async function openGround(
  engines: readonly (HostSpec['engine'] | HostSpec)[] = ['docker', 'docker', 'podman'],
  port = 80,
): Promise<Ground> {
  const directory = mkdtempSync(path.join(tmpdir(), 'coracle-deploy-'));
  const fleet = await startHosts(engines);
  const env = { CORACLE_HOME: path.join(directory, 'home') };
  const project = path.join(directory, 'project');
  mkdirSync(project);
  const hosts = fleet.hosts.map(({ name, address, user }) => ({ name, address, user }));
  const ssh = ['--ssh-config', fleet.configFile];
  const options = { cwd: project, env };
  const ground: Ground = {
    fleet,
    directory,
    env,
    urls: fleet.hosts.map(({ address }) => `http://${address}${port === 80 ? '' : `:${port}`}`),
    host(index) {
      const host = fleet.hosts[index];
      if (host === undefined) throw new Error(`there is no host ${index}`);
      return host;
    },
    async image(version, behaviour = {}) {
      const context = await serviceContext(path.join(directory, version), version, {
        SLOW: '10',
        ...behaviour,
      });
      await coracleOk(
        ['build', '--quiet', '-t', `web:${version}`, '-f', `${context}/Dockerfile`, context],
        options,
      );
      return `web:${version}`;
    },
    configure(changes = {}) {
      const proxy = { image: 'localhost/coracle-test/haproxy:1', httpPort: port };
      const config = { name: 'web', deploy: { hosts, proxy, ...usual, ...changes } };
      writeFileSync(path.join(project, 'coracle.yaml'), JSON.stringify(config, undefined, 1)); // which is YAML too
    },
    begin: (verb, ...args) => begin([verb, '--json', '--progress=json', ...ssh, ...args], project, env),
    deploy: async (verb, ...args) => ground.begin(verb, ...args).ended,
    async status() {
      const exit = await coracle(['status', '--json', ...ssh], options);
      return parseJson<FleetStatus>(exit.stdout);
    },
    serving: async () => Promise.all(ground.urls.map(async (url) => versionAt(url))),
    async stop() {
      await fleet.stop();
      await removeTree(directory);
    },
  };
  ground.configure();
  await Promise.all(fleet.hosts.map(async (host) => giveProxyImage(host)));
  return ground;
}

/** The hosts' own HAProxy as an image, so that no test has to fetch one. */
async function giveProxyImage(host: TestHost): Promise<void> {
  const script = `set -e
files=$(for file in /usr/sbin/haproxy /usr/bin/socat /usr/bin/sh; do
  echo $file
  ldd $file | sed -n 's/.*=> \\(\\/[^ ]*\\).*/\\1/p; s/^[[:space:]]*\\(\\/[^ ]*ld-linux[^ ]*\\).*/\\1/p'
done | sort -u)
tar -C / -ch $files 2>/dev/null | ${host.engine} import - localhost/coracle-test/haproxy:1`;
  const exit = await host.exec(['sh', '-c', script], { asUser: true });
  if (exit.code !== 0) throw new Error(`${host.name}: ${exit.stdout}${exit.stderr}`);
}

async function versionAt(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return response.headers.get('x-version') ?? String(response.status);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function begin(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Running {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Event[] = [];
  const waiting = new Set<() => void>();
  let output = '';
  let errors = '';
  let over = false;
  const wake = (): void => {
    for (const each of waiting) each();
  };
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  createInterface(child.stderr).on('line', (line) => {
    const event = line.startsWith('{') ? eventOf(line) : undefined;
    if (event === undefined) errors += `${line}\n`;
    else events.push(event);
    wake();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      over = true;
      wake();
      const result = output.includes('"outcome"') ? parseJson<DeployResult>(output) : undefined;
      resolve({ code: code ?? 137, result, errors: result === undefined ? errors + output : errors });
    });
  });
  const until: Running['until'] = async (what, fits) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (events.some(fits)) resolve();
        else if (over) reject(new Error(`it ended before ${what}: ${errors}${output}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  return {
    pid: child.pid ?? 0,
    events,
    until,
    at: async (phase, state = 'started', host) =>
      until(
        `${phase} ${state}`,
        (event) =>
          event.kind === 'host' &&
          event.phase === phase &&
          event.state === state &&
          (host ?? event.host) === event.host,
      ),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

function eventOf(line: string): Event | undefined {
  const value = parseJson<Partial<Event>>(line);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the command wrote it
  return value.kind === undefined ? undefined : (value as Event);
}
