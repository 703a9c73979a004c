import { Readable, Transform, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { start } from '../core/exec.ts';
import type { Exit } from '../core/exec.ts';
import { opening, remoteCommand } from './framing.ts';
import type { Master } from './master.ts';

/** One command on the host: a session of the connection, with pipes to us. */
export interface Session {
  readonly stdin: Writable;
  /** What the script prints; what the login shell printed before is left out. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The process group on the host, once the script has begun; undefined when it never did. */
  readonly begun: Promise<number | undefined>;
  /** Of ssh: its code is the script's, or 255. */
  readonly exited: Promise<Omit<Exit, 'stdout' | 'stderr'>>;
  /** Ends our side. */
  kill(): void;
}

/**
 * Words that let ssh use the master's connection and nothing else: without one it would open a connection of its own, with other options. The
 * host's name is not used, but must be there.
 */
export function throughMaster(master: Pick<Master, 'program' | 'control'>): readonly [string, ...string[]] {
  return [
    master.program,
    ...['-F', '/dev/null', '-o', `ControlPath=${master.control}`, '-o', 'ControlMaster=no'],
    ...['-o', 'ProxyCommand=false', '-o', 'LogLevel=ERROR'],
  ];
}

/** Bytes that a login shell may print before the script begins. */
const longestNoise = 64 * 1024;

export function openSession(master: Master): Session {
  const child = start({
    argv: [...throughMaster(master), '-T', '--', 'host', remoteCommand],
    env: master.env,
    streams: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const [stdin, stdout, stderr] = child.pipes;
  if (!(stdin instanceof Writable && stdout instanceof Readable && stderr instanceof Readable))
    throw new TypeError('a started program has no pipes');
  stdin.on('error', () => undefined); // the script may end without having read all of it
  const open = skipNoise();
  stdout.pipe(open.stream);
  return {
    stdin,
    stdout: open.stream,
    stderr,
    begun: open.begun,
    exited: Promise.all([child.exited, finished(stderr, { writable: false }).catch(() => undefined)]).then(
      ([exit]) => exit,
    ),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Holds back what comes before the script's own output, and reads the process group from the line between. */
function skipNoise(): { readonly stream: Transform; readonly begun: Promise<number | undefined> } {
  const { promise: begun, resolve: tell } = Promise.withResolvers<number | undefined>();
  let open = false;
  let noise = '';
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (open) {
        done(null, chunk);
        return;
      }
      // One byte is one character here, so that places in the text are places in the bytes.
      noise += chunk.toString('latin1');
      const found = opening.exec(noise);
      if (!found) {
        noise = noise.slice(-longestNoise);
        done();
        return;
      }
      open = true;
      tell(Number(found[1]));
      const rest = noise.slice(found.index + found[0].length);
      noise = '';
      done(null, Buffer.from(rest, 'latin1'));
    },
    flush(done) {
      tell(undefined);
      done();
    },
  });
  stream.once('close', () => tell(undefined));
  return { stream, begun };
}
