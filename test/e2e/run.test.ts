/** The example service runs for an ordinary user, with nothing but the program: no daemon, no root, no subordinate ids. */
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { hasGo } from '../components/go.ts';
import { freePort } from '../components/free-port.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';
import { coracleOk, ginApi, program } from './coracle.ts';

const user = 65_534;

describeWith([isRoot, hasGo, installed('setpriv'), installed('unshare')], 'coracle run gin-api', () => {
  it('answers on another port for an ordinary user, and ends in its own way when it is asked to', async () => {
    const root = tempDir();
    chmodSync(root, 0o755);
    const source = await ginApi(path.join(root, 'gin-api'));
    const archive = path.join(root, 'image.tar');
    await coracleOk(['build', source, '-t', 'gin-api', '-o', `type=oci,dest=${archive}`], {
      env: { CORACLE_HOME: path.join(root, 'builder') },
    });
    const home = path.join(root, 'home');
    mkdirSync(home);
    chownSync(home, user, user);
    const [host, port] = [await freePort(), await freePort()];
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    let said = '';
    const running = run(
      {
        argv: [
          ...(['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', program, 'run'] as const),
          ...['-p', `127.0.0.1:${host}:${port}`, '-e', `HTTP_ADDR=127.0.0.1:${port}`, `oci:${archive}`],
        ],
        env: { PATH: process.env['PATH'], HOME: home },
        cwd: '/',
        onOutput: (_, text) => (said += text),
      },
      stop.signal,
    );
    const answer = await answered(`http://127.0.0.1:${host}/readyz`, running);
    expect(answer).toBe(200);
    stop.abort(new Error('stopped by the test'));
    await expect(running).rejects.toThrow('stopped by the test');
    expect(said).toContain('"msg":"stopp');
  });
});

/** The status of the first answer; 0 when the program ended before it gave one. */
async function answered(url: string, running: Promise<unknown>): Promise<number> {
  const ended = running.then(
    () => 0,
    () => 0,
  );
  const first = async (): Promise<number> => {
    for (let tries = 0; tries < 400; tries++) {
      const response = await fetch(url).catch(() => undefined);
      if (response) return response.status;
      await sleep(50);
    }
    return 0;
  };
  return Promise.race([first(), ended]);
}
