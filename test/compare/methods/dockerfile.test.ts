import { describe, expect, test } from 'vitest';
import { emitted } from '../../../src/compare/emitted.ts';
import { dockerfileOf } from '../../../src/compare/methods/dockerfile.ts';
import { recipeOf } from '../../../src/compare/methods/all.ts';
import type { Place } from '../../../src/compare/methods/dockerfile.ts';
import { methodNames } from '../../../src/compare/types.ts';
import type { MethodName } from '../../../src/compare/types.ts';
import { checkFrontend } from '../../../src/dockerfile/directives-frontend.ts';
import { parseDockerfile } from '../../../src/dockerfile/parse.ts';
import { programFor } from '../program-fixture.ts';

const place: Place = {
  preamble: [],
  source: '.',
  files: { from: 'files' },
  compile: { args: [], mounts: ['--mount=type=cache,target=/go/pkg/mod'], cleanUp: false },
};

function textOf(name: MethodName, program = programFor()): string {
  return dockerfileOf(program, recipeOf(name, program), place);
}

/** The line of the go command. */
function goOf(name: MethodName, program = programFor()): string {
  return /\S.* go build .*/.exec(textOf(name, program))?.[0].trim() ?? '';
}

const cgo = programFor({ cgo: 'dynamic' });

describe('the Dockerfile of a method', () => {
  test.each(methodNames)('%s can be parsed, here and as it is written down', (name) => {
    for (const program of [programFor(), cgo]) {
      for (const text of [textOf(name, program), emitted(program, recipeOf(name, program))]) {
        const parsed = parseDockerfile(Buffer.from(text), 'Dockerfile');
        checkFrontend(parsed, undefined);
        expect(parsed.nodes.filter(({ kind }) => kind === 'instruction').length).toBeGreaterThan(4);
      }
    }
  });

  test('what is written down needs no BuildKit: no mounts, no flags that old builders lack', () => {
    for (const name of methodNames)
      expect(emitted(cgo, recipeOf(name, cgo))).not.toMatch(/--mount|--chmod|--link|<</);
  });

  test('methods that make the same binary compile it by the same words, so that it is compiled once', () => {
    expect(goOf('scratch')).toBe(goOf('distroless'));
    expect(goOf('scratch')).toBe(goOf('alpine'));
    expect(goOf('distro')).toBe(goOf('distalpine'));
    expect(goOf('distro', cgo)).toBe(goOf('coracle', cgo));
    expect(goOf('scratch', cgo)).toBe(goOf('distroless', cgo));
  });

  test('a program without C is static where it can be; one with C is linked as each base has it', () => {
    expect(goOf('scratch')).toContain('CGO_ENABLED=0');
    expect(goOf('scratch', cgo)).toMatch(/CGO_ENABLED=1 .*-linkmode=external.*-static.*-tags=netgo,osusergo/);
    expect(goOf('alpine', cgo)).toMatch(/CC=musl-gcc .*-linkmode=external/);
    expect(textOf('alpine', cgo)).toContain('FROM toolchain-musl AS build');
    expect(goOf('distalpine')).toContain('CGO_ENABLED=1');
    expect(goOf('distalpine', programFor({ resolves: false }))).toContain('CGO_ENABLED=0');
  });

  test('musl that is asked for by name is linked in, and not left to the image', () => {
    const musl = programFor({ cgo: 'static-musl' });
    for (const name of ['scratch', 'distroless', 'coracle'] as const) {
      expect(goOf(name, musl)).toMatch(/CGO_ENABLED=1 CC=musl-gcc .*-linkmode=external.*-static/);
      expect(textOf(name, musl)).toContain('FROM toolchain-musl AS build');
    }
  });

  test('the first Dockerfile is not stripped, and keeps what the settings say', () => {
    const go = { ...programFor().go, tags: ['a', 'b'], ldflags: ['-X main.v=1 2'] };
    expect(goOf('toolchain', programFor({ go }))).toContain(
      "go build -trimpath -ldflags='-X main.v=1 2' -tags=a,b -o /app/api ./cmd/api",
    );
    expect(goOf('scratch', programFor({ go }))).toContain('-s -w');
  });

  test('one stage that is written down leaves no caches behind', () => {
    const program = programFor();
    expect(emitted(program, recipeOf('toolchain', program))).toContain('&& go clean -cache -modcache');
    expect(textOf('toolchain')).not.toContain('go clean');
  });

  test('several programs lie beside each other, and the first is started', () => {
    const program = programFor({
      packages: [
        { name: 'api', path: './cmd/api', dir: '/project/cmd/api' },
        { name: 'worker', path: './cmd/worker', dir: '/project/cmd/worker' },
      ],
    });
    expect(goOf('scratch', program)).toContain('-o /out/ ./cmd/api ./cmd/worker');
    expect(textOf('scratch', program)).toContain('ENTRYPOINT ["/app/api"]');
  });

  test('settings come out as they went in', () => {
    const program = programFor(
      { home: 'services/a b' },
      {
        env: { GREETING: 'say "hi" for $5 \\o/' },
        ports: ['8080', '53/udp'],
        user: '1000:1000',
        cmd: ['serve', 'a b'],
        files: [{ from: '/elsewhere/x.txt', to: '/etc/x/', uid: 1, gid: 2 }],
      },
    );
    const text = textOf('scratch', program);
    expect(text).toContain('ENV GREETING="say \\"hi\\" for \\$5 \\\\o/"');
    expect(text).toContain('EXPOSE 8080 53/udp');
    expect(text).toContain('USER 1000:1000');
    expect(text).toContain('CMD ["serve", "a b"]');
    expect(text).toContain('COPY --from=files --chown=1:2 ["0", "/etc/x"]');
    expect(text).toContain('WORKDIR "/src/services/a b"');
  });

  test('a value with a line break is refused, as no Dockerfile can say it', () => {
    expect(() => textOf('scratch', programFor({}, { env: { A: 'x\nRUN evil' } }))).toThrow(/line break/);
  });
});
