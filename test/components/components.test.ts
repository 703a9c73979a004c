import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { tempDir } from '../support/ctx.ts';
import { hasBuildkit, startBuildkit } from './buildkit.ts';
import { cached } from './cache.ts';
import { answers, startDaemon } from './daemon.ts';
import { hasDocker, startDocker } from './docker.ts';
import { freePort } from './free-port.ts';
import { goCommand, hasGo } from './go.ts';
import { startModuleProxy } from './module-proxy.ts';
import { hasPodman, startPodman } from './podman.ts';
import { call, describeWith, tryCall } from './program.ts';
import { canRunImages, runImage } from './runc.ts';
import { hasSshd, startSshd } from './sshd.ts';

describeWith([hasDocker], 'docker', () => {
  it('starts with a state of its own', async () => {
    const docker = await startDocker();
    onTestFinished(async () => docker.stop());
    expect(await docker.docker('image', 'ls', '--quiet')).toBe('');
  });
});

describeWith([hasSshd], 'sshd', () => {
  it('runs commands for who has the key, and for nobody else', async () => {
    const server = await startSshd();
    onTestFinished(async () => server.stop());
    const ssh = ['ssh', '-F', server.configFile, '-o', 'BatchMode=yes'] as const;
    expect((await call([...ssh, 'server', 'echo $((6 * 7))'])).stdout).toBe('42\n');
    const stranger = await tryCall([...ssh, '-o', 'PubkeyAuthentication=no', 'server', 'true']);
    expect(stranger).toMatchObject({ code: 255 });
    expect(stranger.stderr).toContain('Permission denied');
  });
});

describeWith([hasPodman], 'podman', () => {
  it('has storage of its own', async () => {
    const podman = await startPodman();
    onTestFinished(async () => podman.stop());
    expect(await podman.podman('image', 'ls', '--quiet')).toBe('');
    expect(await podman.podman('info', '--format', '{{.Host.OCIRuntime.Name}}')).toBe('runc\n');
  });
});

describeWith([hasBuildkit], 'buildkit', () => {
  it('builds a Dockerfile, and says what is wrong with another', async () => {
    const context = tempDir();
    const kit = await startBuildkit();
    onTestFinished(async () => kit.stop());
    const build = async (dockerfile: string): Promise<Exit> => {
      writeFileSync(path.join(context, 'Dockerfile'), dockerfile);
      return kit.build([`--local=context=${context}`, `--local=dockerfile=${context}`]);
    };
    expect(await build('FROM scratch\nCOPY Dockerfile /\n')).toMatchObject({ code: 0 });
    expect((await build('FROM scratch\nCPOY Dockerfile /\n')).stderr).toContain('unknown instruction');
  });
});

describeWith([canRunImages, hasGo], 'runc', () => {
  it('runs an image made by umoci and passes its exit code and signals on', async () => {
    const root = tempDir();
    const program = path.join(root, 'program');
    mkdirSync(program);
    writeFileSync(path.join(program, 'go.mod'), 'module example.com/serve\n\ngo 1.21\n');
    writeFileSync(path.join(program, 'main.go'), serve);
    await goCommand(['build', '-o', path.join(root, 'serve'), '.'], {
      cwd: program,
      env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'local' },
    });
    const layout = path.join(root, 'layout');
    const image = `${layout}:test`;
    await call(['umoci', 'init', '--layout', layout]);
    await call(['umoci', 'new', '--image', image]);
    await call(['umoci', 'insert', '--image', image, path.join(root, 'serve'), '/serve']);
    await call([
      'umoci',
      'config',
      '--image',
      image,
      '--config.entrypoint',
      '/serve',
      '--config.user',
      '65532:65532',
    ]);

    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const running = await runImage(layout, 'test', {
      env: { PORT: String(port) },
      ready: async () => answers(url, 200),
    });
    onTestFinished(async () => void (await running.stop('KILL').catch(() => undefined)));
    expect(running.process.user).toMatchObject({ uid: 65532, gid: 65532 });
    expect(await (await fetch(url)).text()).toBe('65532');
    expect(await running.exec(['/serve', '7'])).toBe(7);
    expect(await running.stop('TERM')).toBe(42);
    expect(running.logs()).toContain('stopping');
  });
});

/** Serves its user id, ends with 42 on SIGTERM, and with the number it is given. */
const serve = `package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		code, _ := strconv.Atoi(os.Args[1])
		os.Exit(code)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getuid())
	}))
	<-stop
	fmt.Println("stopping")
	os.Exit(42)
}
`;

describeWith([], 'module proxy', () => {
  it('serves files, and goes wrong on demand', async () => {
    const files = tempDir();
    mkdirSync(path.join(files, 'example.com', 'm', '@v'), { recursive: true });
    writeFileSync(path.join(files, 'example.com', 'm', '@v', 'list'), 'v1.0.0\nv1.1.0\n');
    const proxy = await startModuleProxy(files);
    onTestFinished(async () => proxy.stop());
    const list = `${proxy.url}/example.com/m/@v/list`;
    const read = async (): Promise<string> => (await fetch(list)).text();

    expect(await read()).toBe('v1.0.0\nv1.1.0\n');
    proxy.fail(/list$/, { kind: 'status', status: 404 }, 1);
    expect((await fetch(list)).status).toBe(404);
    expect((await fetch(list)).status).toBe(200);
    proxy.fail(/list$/, { kind: 'flip' });
    expect(await read()).not.toBe('v1.0.0\nv1.1.0\n');
    proxy.fail(/list$/, { kind: 'half' });
    await expect(read()).rejects.toThrow('terminated');
    proxy.fail(/list$/, { kind: 'cut' });
    await expect(fetch(list)).rejects.toThrow('fetch failed');
    proxy.heal();
    expect(await read()).toBe('v1.0.0\nv1.1.0\n');
    expect((await fetch(`${proxy.url}/../../etc/passwd`)).status).toBe(404);
    expect((await fetch(`${proxy.url}/%2e%2e/%2e%2e/etc/passwd`)).status).toBe(404);
  });
});

describeWith([], 'daemon', () => {
  it('a program that ends at once is an error with its output', async () => {
    await expect(
      startDaemon({ argv: ['sh', '-c', 'echo why; exit 3'], ready: async () => false }),
    ).rejects.toThrow('why');
  });
});

describeWith([], 'test cache', () => {
  it('a maker that fails leaves nothing, and of several who ask at once one makes it', async () => {
    const key = `test-${process.pid}-${Date.now()}`;
    await expect(cached(key, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    let makers = 0;
    const make = async (directory: string): Promise<void> => {
      makers += 1;
      writeFileSync(path.join(directory, 'file'), 'made');
    };
    const places = await Promise.all([cached(key, make), cached(key, make)]);
    onTestFinished(async () => void (await call(['rm', '-r', places[0]])));
    expect(places[0]).toBe(places[1]);
    expect(makers).toBe(1);
  });
});
