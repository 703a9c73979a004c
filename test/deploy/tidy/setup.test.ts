import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeDaemonJson } from '../../../src/deploy/tidy/setup/daemon-json.ts';
import { readServerFacts, type ServerFacts } from '../../../src/deploy/tidy/setup/facts.ts';
import { planSetup } from '../../../src/deploy/tidy/setup/plan.ts';
import { parseJson } from '../../support/json.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** As a bare Debian answers root. */
const bare = [
  'user root',
  'root yes',
  'os debian',
  'osname Debian GNU/Linux 12 (bookworm)',
  'groups root',
  'systemd yes',
  'unprivileged 1024',
  'listens 00000000:0016',
  'listens 0100007F:1F90',
  'listens 00000000000000000000000000000000:0050',
  'listens 00000000000000000000000001000000:1388',
  'firewall none',
  'synced no',
  'memory 1000000',
  'swap 0',
  'free 40000000',
  'sshd allowtcpforwarding yes',
  'sshd maxsessions 4',
];

function factsOf(...changes: readonly string[]): ServerFacts {
  const names = new Set(changes.map((line) => line.split(' ')[0]));
  const facts = readServerFacts(
    [...bare.filter((line) => !names.has(line.split(' ')[0])), ...changes].join('\n'),
  );
  if (!facts) throw new Error('no facts');
  return facts;
}

const ports = [80, 443];
const plan = (...changes: readonly string[]) => planSetup(factsOf(...changes), { runtime: undefined, ports });
const ready = ['docker yes', 'dockerd yes', 'dockerruns yes', 'dockerversion 27.0.3'];
const settings = `daemonjson ${base64('{"log-opts":{"max-size":"1m"},"live-restore":false}')}`;

describe('what a server says', () => {
  test('ports of loopback are not public, those of all addresses are', () => {
    expect(factsOf().listening).toEqual([
      { port: 22, address: 'all addresses' },
      { port: 80, address: 'all addresses' },
    ]);
  });

  test('a server that is none says nothing', () => {
    expect(readServerFacts('This account is not available.\n')).toBeUndefined();
    expect(readServerFacts('user $(reboot)\n')).toBeUndefined();
  });

  test('marks for a terminal do not come through', () => {
    expect(factsOf('osname Debian \u001B[2J12').osName).toBe('Debian [2J12');
  });
});

describe('a plan', () => {
  test('of a bare Debian: settings of Docker before Docker, hints for the rest', () => {
    const { runtime, steps, hints, blocked } = plan();
    expect(runtime).toBe('docker');
    expect(steps.map(({ title }) => title)).toEqual(['write /etc/docker/daemon.json', 'install docker.io']);
    expect(blocked).toBe('');
    const all = hints.join('\n');
    expect(all).toContain('MaxSessions');
    expect(all).toContain('not synchronised');
    expect(all).toContain('ufw allow 80/tcp; ufw allow 443/tcp; ufw enable');
    expect(all).toContain('little memory and no swap');
  });

  test('of a server that is ready has nothing to do', () => {
    const { steps, blocked } = plan(...ready, settings);
    expect(steps).toEqual([]);
    expect(blocked).toBe('');
  });

  test('of an ordinary user: into the group docker, through sudo; without sudo it is refused', () => {
    const user = ['user deploy', 'root no', 'groups deploy', ...ready.slice(0, 3), settings];
    const { steps, blocked } = plan(...user, 'sudo yes');
    expect(steps.map(({ title }) => title)).toEqual(['take deploy into the group docker']);
    expect(steps[0]?.because).toContain('root');
    expect(blocked).toBe('');
    expect(plan(...user).blocked).toContain('no sudo without a password');
    const member = user.map((line) => (line === 'groups deploy' ? 'groups deploy docker' : line));
    expect(plan(...member).steps).toEqual([]);
  });

  test('of Podman without root: ids, lingering, low ports', () => {
    const facts = factsOf('user deploy', 'root no', 'sudo yes', 'podman yes', 'podmanversion 4.3.1');
    const { runtime, steps } = planSetup(facts, { runtime: undefined, ports });
    expect(runtime).toBe('podman');
    expect(steps.map(({ title }) => title)).toEqual([
      'let systemd start containers of Podman at boot',
      'give deploy subordinate ids',
      'let what deploy runs outlive the session',
      'let every user listen on ports from 80 on',
    ]);
    const high = planSetup(
      factsOf('user deploy', 'root no', 'sudo yes', 'podman yes', 'subids yes', 'lingers yes', 'atboot yes'),
      { runtime: undefined, ports: [8080] },
    );
    expect(high.steps).toEqual([]);
  });

  test('of another distribution is blocked, but only when there is something to do', () => {
    expect(plan('os fedora', 'osname Fedora Linux 42').blocked).toContain('neither Debian nor Ubuntu');
    expect(plan('os fedora', ...ready, settings).blocked).toBe('');
    expect(plan('os linuxmint ubuntu').blocked).toBe('');
  });

  test("settings of Docker's that are no JSON are told and left alone", () => {
    const { steps, hints } = plan(...ready, `daemonjson ${base64('{"a":')}`);
    expect(steps).toEqual([]);
    expect(hints.join()).toContain('is no JSON object');
  });
});

describe("Docker's settings", () => {
  const merge = (text: string, flags: readonly string[] = [], swarm = false) =>
    mergeDaemonJson(text, { flags, swarm });

  test('what stands there stays, whatever it is; a second time adds nothing', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('log-driver', 'log-opts', 'live-restore', 'dns', 'x'), fc.jsonValue()),
        (before) => {
          const { text } = merge(JSON.stringify(before));
          const after = parseJson<Record<string, unknown>>(text);
          const own = before['log-opts'];
          const rest = Object.entries(before).filter(([name]) => name !== 'log-opts');
          expect(after).toMatchObject(parseJson<object>(JSON.stringify(Object.fromEntries(rest))));
          if (typeof own === 'object' && own !== null && !Array.isArray(own))
            expect(after['log-opts']).toMatchObject(parseJson<object>(JSON.stringify(own)));
          expect(merge(text).added).toEqual([]);
        },
      ),
    );
  });

  test('what the daemon has as a flag is not written: it would not start with both', () => {
    const { text, added } = merge('', ['/usr/sbin/dockerd', '--log-opt=max-size=1m', '--live-restore']);
    expect(added).toEqual([]);
    expect(parseJson(text)).toEqual({});
  });

  test('a driver that has no files gets no limits of files, a swarm no live-restore', () => {
    expect(parseJson(merge('{"log-driver":"journald"}', [], true).text)).toEqual({
      'log-driver': 'journald',
    });
  });

  test('another limit than ours counts', () => {
    expect(parseJson(merge('{"log-opts":{"max-size":"1g"}}').text)).toEqual({
      'log-opts': { 'max-size': '1g' },
      'live-restore': true,
    });
  });
});
