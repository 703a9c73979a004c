import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { call, tryCall } from '../program.ts';

/** One machine without anything on it. */
export interface Hardware {
  /** Whose network the host has, on or off. */
  readonly pid: number;
  readonly place: string;
  on(): Promise<void>;
  off(): Promise<void>;
  /** What, put before a command line, runs it in the host that is on. */
  enter(): readonly [string, ...string[]];
  /** Writes a file of the host before its first boot, as its administrator would: `etc/hosts`. */
  write(file: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** Takes a file of the machine's away, before the first boot. */
  hide(file: string): Promise<void>;
  fillDisk(): Promise<void>;
  freeDisk(): Promise<void>;
  console(): Promise<string>;
  stop(): Promise<void>;
}

/** A process that holds namespaces, does what it is told by lines, and ends when we end. */
interface Holder {
  readonly pid: number;
  /** Sends a word. @returns the line that answers it */
  tell(word: string): Promise<string>;
  stop(): Promise<void>;
}

async function hold(argv: readonly [string, ...string[]]): Promise<Holder> {
  const [program, ...args] = argv;
  const child: ChildProcessWithoutNullStreams = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // what ends us must let it clean up
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  child.stdin.on('error', () => undefined); // it has ended, which `lines` says
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', () => resolve());
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${argv.join(' ')} ended: ${said}`);
    return line.value;
  };
  await answer();
  return {
    pid: child.pid ?? 0,
    async tell(word) {
      child.stdin.write(`${word}\n`);
      return answer();
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** @param disk its size, as tmpfs has it */
export async function startHardware(place: string, disk: string): Promise<Hardware> {
  mkdirSync(place, { recursive: true });
  const group = path.basename(path.dirname(place)) + path.basename(place);
  const script = path.join(import.meta.dirname, 'hardware.sh');
  const holder = await hold(['unshare', '-m', '-n', 'sh', script, place, group, disk]);
  const outside = `/proc/${holder.pid}/root${place}`;
  const inside = ['nsenter', '-t', `${holder.pid}`, '-m'] as const;
  const state: { inner: string } = { inner: '' };
  const resize = async (size: string): Promise<void> => {
    await call([...inside, 'mount', '-o', `remount,size=${size}`, place]);
  };
  return {
    pid: holder.pid,
    place,
    async on() {
      state.inner = (await holder.tell('on')).split(' ')[1] ?? '';
    },
    async off() {
      await holder.tell('off');
    },
    enter: () => ['nsenter', '-t', state.inner, '-m', '-p', '-u', '-i', '-n', '-C', '-T', '--'],
    async write(file, content, mode = 0o644) {
      const target = await placeOf(outside, file);
      await writeFile(target, content);
      await chmod(target, mode);
    },
    async hide(file) {
      const target = await placeOf(outside, path.relative('/', file));
      await call(['mknod', target, 'c', '0', '0']); // how an overlay says that there is nothing
    },
    async fillDisk() {
      for (let tries = 0; ; tries++) {
        const { stdout } = await call([...inside, 'df', '--output=used', '-B1', place]);
        try {
          return await resize(stdout.trim().split('\n').at(-1) ?? '');
        } catch (error) {
          if (tries === 20) throw error; // more was written in between
        }
      }
    },
    freeDisk: async () => resize(disk),
    console: async () => readFile(path.join(outside, 'console'), 'utf8').catch(() => ''),
    stop: holder.stop,
  };
}

/** Where a host's own form of a file of the machine lies. */
async function placeOf(outside: string, file: string): Promise<string> {
  const target = path.join(outside, 'changes', file);
  await mkdir(path.dirname(target), { recursive: true });
  return target;
}

/** What joins the hosts and the machine. */
export interface Switch {
  readonly gateway: string;
  /** Gives the holder of a host's network an address. */
  plug(
    pid: number,
    index: number,
  ): Promise<{ readonly address: string; cut(): Promise<void>; heal(): Promise<void> }>;
  stop(): Promise<void>;
}

const switchScript =
  'ip link add switch type bridge && ip link set switch up && echo ready && while read -r _; do :; done; rm -rf "$0"';

/** @param directory removed when the switch ends, which is also when the tests die */
export async function startSwitch(directory: string): Promise<Switch> {
  const holder = await hold(['unshare', '-n', 'sh', '-c', switchScript, directory]);
  const inside = ['nsenter', '-t', `${holder.pid}`, '-n', 'ip', 'link'] as const;
  const { network, link } = await uplink(holder.pid);
  await call([...inside, 'set', 'up0', 'master', 'switch', 'up']);
  return {
    gateway: `${network}.1`,
    async plug(pid, index) {
      const port = `h${index + 1}`;
      const address = `${network}.${index + 11}`;
      const host = ['nsenter', '-t', `${pid}`, '-n', 'ip'] as const;
      await call([...inside, 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${pid}`]);
      await call([...inside, 'set', port, 'master', 'switch', 'up']);
      await call([...host, 'address', 'add', `${address}/24`, 'dev', 'eth0']);
      await call([...host, 'link', 'set', 'eth0', 'up']);
      return {
        address,
        cut: async () => void (await call([...inside, 'set', port, 'down'])),
        heal: async () => void (await call([...inside, 'set', port, 'up'])),
      };
    },
    async stop() {
      await tryCall(['ip', 'link', 'delete', link]); // it would go by itself, but a little later
      await holder.stop();
    },
  };
}

/** The machine's own wire, in the range that is set aside for trials of networks (RFC 2544). A name that is free says which part is. */
async function uplink(pid: number): Promise<{ readonly network: string; readonly link: string }> {
  for (let part = 1; part < 250; part++) {
    const link = `coracle${part}`;
    const peer = ['peer', 'name', 'up0', 'netns', `${pid}`];
    const made = await tryCall(['ip', 'link', 'add', link, 'type', 'veth', ...peer]);
    if (made.code !== 0 && made.stderr.includes('File exists')) continue;
    if (made.code !== 0) throw new Error(made.stderr);
    await call(['ip', 'address', 'add', `198.18.${part}.1/24`, 'dev', link]);
    await call(['ip', 'link', 'set', link, 'up']);
    return { network: `198.18.${part}`, link };
  }
  throw new Error('no network is free');
}
