import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../../src/core/ctx.ts';
import type { ContainerConfig } from '../../../src/oci/types.ts';
import { openStore } from '../../../src/store/store.ts';
import type { MeasuredImage } from '../../../src/compare/measure/types.ts';
import { cached } from '../../components/cache.ts';
import { goCommand } from '../../components/go.ts';
import { putImage } from '../../run/image.ts';
import type { File } from '../../solve/exec/files.ts';

/** A program that needs what its first argument says; compiled once into the test cache. */
const source = `package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "fatal:", err)
		os.Exit(1)
	}
}

func serve(address string) {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := time.LoadLocation("Europe/Vienna"); err != nil && os.Getenv("ZONE") != "" {
			http.Error(w, err.Error(), 500)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Addr: address}
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		<-signals
		server.Close()
	}()
	fmt.Println("listening on", address)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		check(err)
	}
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(":" + os.Args[2])
	case "child":
		command := exec.Command(os.Args[0], "serve", os.Args[2])
		ballast := make([]byte, 40<<20)
		for i := range ballast {
			ballast[i] = byte(i)
		}
		check(command.Start())
		check(command.Wait())
		fmt.Println(len(ballast))
	case "hang":
		time.Sleep(time.Hour)
	case "exit":
		if os.Args[2] != "0" {
			os.Exit(3)
		}
	case "shell":
		check(exec.Command("sh", "-c", "true").Run())
	case "git":
		check(exec.Command("git", "version").Run())
	case "ca":
		server := httptest.NewTLSServer(http.NotFoundHandler())
		_, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{ServerName: "example.com"})
		check(err)
	case "zone":
		_, err := time.LoadLocation("Europe/Vienna")
		check(err)
	case "user":
		_, err := user.Lookup("app")
		check(err)
	case "tmp":
		_, err := os.CreateTemp("", "x")
		check(err)
	case "home":
		home, err := os.UserHomeDir()
		check(err)
		check(os.Mkdir(home+"/.data", 0o700))
	}
}
`;

/** Bytes of the program: static, of Go alone. */
export async function needy(): Promise<Buffer> {
  const directory = await cached('needy-2', async (fresh) => {
    writeFileSync(path.join(fresh, 'main.go'), source);
    writeFileSync(path.join(fresh, 'go.mod'), 'module example.com/needy\n\ngo 1.21\n');
    await goCommand(['build', '-trimpath', '-ldflags=-s -w', '-o', 'needy', '.'], {
      cwd: fresh,
      env: { CGO_ENABLED: '0' },
    });
  });
  return readFileSync(path.join(directory, 'needy'));
}

/** Puts an image into the store. */
export async function imageOf(
  ctx: Ctx,
  files: Readonly<Record<string, File>>,
  config: ContainerConfig,
): Promise<MeasuredImage> {
  const name = `docker.io/library/i${Math.random().toString(36).slice(2)}:latest`;
  await putImage(ctx, name, files, config);
  const found = await (await openStore(ctx)).refs.get(name);
  if (!found) throw new Error('the image is not there');
  return { reference: name, descriptor: found.descriptor };
}
