/**
 * Coracle's reading of Dockerfiles beside that of BuildKit's own parser, for many odd files: instructions, flags, heredocs, every
 * instruction's words, and what is refused.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { syntaxDirective } from '../../src/dockerfile/directives-frontend.ts';
import { typeInstruction } from '../../src/dockerfile/instruction-type.ts';
import type { InstructionNode } from '../../src/dockerfile/syntax.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { buildkitVersion } from '../components/buildkit.ts';
import { cached } from '../components/cache.ts';
import { goCommand, hasGo } from '../components/go.ts';
import { call, describeWith } from '../components/program.ts';
import { viewOf } from '../parity/parser/view.ts';

interface Read {
  readonly error: string;
  readonly escape: string;
  readonly syntax: string;
  readonly nodes: readonly ReadNode[];
}

interface ReadNode {
  readonly line: string;
  readonly keyword: string;
  readonly flags: readonly string[];
  readonly heredocs: readonly unknown[];
  readonly error: string;
  readonly view: unknown;
}

describeWith([hasGo], "BuildKit's parser", () => {
  let program = '';
  beforeAll(async () => {
    program = await buildkitParser();
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('reads odd Dockerfiles as Coracle does, row %i', async (seed) => {
    const texts = fc.sample(dockerfiles, { seed, numRuns: 5_000 });
    const input = texts.map((text) => `${Buffer.from(text).toString('base64')}\n`).join('');
    const { stdout } = await call([program], { input });
    const theirs = stdout.trimEnd().split('\n');
    expect(theirs).toHaveLength(texts.length);
    const differences = texts.flatMap((text, index) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the program's own output
      const difference = compare(JSON.parse(theirs[index] ?? '') as Read, ours(text));
      return difference === undefined ? [] : [{ text, ...difference }];
    });
    expect(differences.slice(0, 5)).toEqual([]);
  });
});

async function buildkitParser(): Promise<string> {
  const test = path.join(import.meta.dirname, '..');
  const source = path.join(test, 'parity/parser/main.go');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const directory = await cached(`buildkit-parser-${buildkitVersion}-${hash}`, async (fresh) => {
    const module = path.join(fresh, 'module');
    await mkdir(module);
    for (const name of ['go.mod', 'go.sum'])
      copyFileSync(path.join(test, 'components/buildkit', name), path.join(module, name));
    copyFileSync(source, path.join(module, 'main.go'));
    await goCommand(
      [
        'build',
        '-mod=mod',
        '-trimpath',
        '-tags=dfrunsecurity,dfparents',
        '-o',
        path.join(fresh, 'parser'),
        '.',
      ],
      {
        cwd: module,
        env: { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
      },
    );
  });
  return path.join(directory, 'parser');
}

function ours(text: string): Read {
  const syntax = syntaxDirective(text) ?? '';
  try {
    const dockerfile = parseDockerfile(text, 'Dockerfile');
    const nodes = dockerfile.nodes
      .filter((node) => node.kind === 'instruction')
      .map((node) => {
        const { line, keyword } = node;
        const flags = node.flags.map(
          ({ name, value }) => `--${name}${value === undefined ? '' : `=${value}`}`,
        );
        const heredocs = node.heredocs.map(({ name, bodySpan, expand, chomp, fd }) => [
          name,
          text.slice(bodySpan.start, bodySpan.end),
          expand,
          chomp,
          fd,
        ]);
        return {
          line,
          keyword,
          flags,
          heredocs,
          ...typedView(node, () => typeInstruction(node, dockerfile)),
        };
      });
    return { error: '', escape: dockerfile.escape, syntax, nodes };
  } catch (error) {
    if (!isToolError(error)) throw error;
    return { error: error.message, escape: '', syntax, nodes: [] };
  }
}

function typedView(
  node: InstructionNode,
  type: () => ReturnType<typeof typeInstruction>,
): { error: string; view: unknown } {
  try {
    return { error: '', view: viewOf(type(), node) };
  } catch (error) {
    if (!isToolError(error)) throw error;
    return { error: error.message, view: undefined };
  }
}

/** The first thing that is read differently. */
function compare(theirs: Read, our: Read): object | undefined {
  if (theirs.error !== '') {
    // BuildKit refuses some instructions, and files without any, while it parses; we do when they are typed, or lowered.
    if (our.error !== '' || our.nodes.length === 0 || our.nodes.some(({ error }) => error !== ''))
      return undefined;
    return { theirs: theirs.error, our: our.nodes };
  }
  for (const key of ['error', 'escape', 'syntax'] as const) {
    if (theirs[key] !== our[key]) return { key, theirs: theirs[key], our: our[key] };
  }
  if (theirs.nodes.length !== our.nodes.length) return { theirs: theirs.nodes, our: our.nodes };
  for (const [index, their] of theirs.nodes.entries()) {
    const one = our.nodes[index];
    if (one === undefined || isKnown(their, one)) continue;
    const both = [their, one].map(({ line, keyword, flags, heredocs, error, view }) =>
      JSON.stringify([line, keyword.toLowerCase(), flags, heredocs, error !== '', error === '' ? view : '']),
    );
    if (both[0] !== both[1]) return { theirs: their, our: one };
  }
  return undefined;
}

/** Where ours differs on purpose. */
function isKnown(their: ReadNode, our: ReadNode): boolean {
  // BuildKit reads flags byte by byte, and garbles what is not ASCII; some of those bytes are white space to it.
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/--.*[^\0-\x7f]/s.test(our.line)) return true;
  // Values of mounts with quotes, escapes or variables in them are checked when those are replaced, which here BuildKit did already.
  if (our.error === '' && their.error !== '' && our.flags.some((flag) => /^--mount=.*[$'"\\`]/.test(flag)))
    return true;
  // An empty array is nothing to BuildKit.
  return our.error.startsWith('HEALTHCHECK NONE takes') && /\[\s*\]/.test(our.line);
}

const atoms = [
  ...[
    '<<EOF',
    '<<-EOF',
    '<<"EOF"',
    "<<'EOF'",
    '3<<EOF',
    '<< EOF',
    '<<-  EOF',
    '<<E"O"F',
    '<<\\EOF',
    '<<$X',
    '<<<EOF',
    'EOF',
    '\tEOF',
  ],
  ...[
    'a',
    'b=c',
    'a="b c"',
    "d='e f'",
    '"',
    "'",
    '\\',
    '`',
    '\\ ',
    '\\"',
    '`"',
    '=',
    '=x',
    'x=',
    ',',
    '#',
    '# c',
    '/x',
    '/y/',
    '80/tcp',
  ],
  ...['$x', '${x}', '${x:-a b}', '${x/a/b}', '${x%%<<EOF}', '${x:-<<EOF}', '${', '}', '$((1 << 2))'],
  ...[
    '[',
    ']',
    '["a", "b"]',
    '["a"',
    '[1]',
    '[]',
    '["a\\"b","\\u0041"]',
    '["\\ud800"]',
    ' ',
    '  ',
    '\t',
    '\v',
    '\f',
    '\r',
  ],
  ...[
    '--',
    '--from=x',
    '--link',
    '--link=true',
    '--link=x',
    '--link=',
    '--chown=a:b',
    '--chmod=755',
    '--exclude=*.a',
    '--parents',
  ],
  ...[
    '--checksum=sha256:x',
    '--keep-git-dir',
    '--unpack=false',
    '--network=none',
    '--network=x',
    '--security=insecure',
  ],
  ...[
    '--mount=type=cache,target=/x',
    '--mount=type=bind,ro,src=a',
    '--mount=type=secret,id=x',
    '--mount=type=tmpfs,size=1m',
  ],
  ...[
    '--mount=type=ssh,required',
    '--mount=type=cache,dst=/a,sharing=locked,mode=0755,uid=1',
    '--mount=foo=x',
    '--mount=target=/a,rw=false',
  ],
  ...[
    '--mount="type=bind,\\"target=/a,b\\""',
    '--mount=type=Cache,Target=/a,sharing=SHARED',
    '--mount=type=bind,sharing=shared',
  ],
  ...[
    '--platform=linux/amd64',
    '--interval=5s',
    '--interval=1ns',
    '--timeout=1h2m',
    '--timeout=x',
    '--retries=3',
    '--retries=-1',
  ],
  ...['--start-period=1.5s', '--start-interval=0', '--foo', '--foo=bar', '--a="b c"', "--a='b c'", '--"'],
  ...['AS', 'as', 'NONE', 'CMD', 'KILL', '\u00e9', '\u0085', '\u00a0', '\u2003', '\u{1f600}', '\ufeff'],
];
const keywords = [
  ...[
    'FROM',
    'RUN',
    'COPY',
    'ADD',
    'ENV',
    'LABEL',
    'ARG',
    'EXPOSE',
    'VOLUME',
    'USER',
    'WORKDIR',
    'CMD',
    'ENTRYPOINT',
    'SHELL',
  ],
  ...[
    'STOPSIGNAL',
    'HEALTHCHECK',
    'HEALTHCHECK CMD',
    'HEALTHCHECK NONE',
    'MAINTAINER',
    'run',
    'Copy',
    'FOO',
    '',
  ],
  ...[
    'ONBUILD',
    'ONBUILD RUN',
    'ONBUILD COPY',
    'onbuild  add',
    'ONBUILD ONBUILD',
    'ONBUILD ENV',
    'FROM a AS',
    'COPY --from=a b',
  ],
];
const heads = [
  ...[
    '',
    '',
    '# escape=`\n',
    '#escape = \\ \n',
    '# syntax=docker/dockerfile:1\n',
    '# check=skip=all\n',
    '# foo=bar\n',
    '\ufeff',
  ],
  ...[
    '#!x\n',
    '// syntax=a b\n',
    '{"syntax":"x"}',
    ' # Escape=`\r\n',
    '# escape=\n',
    '# escape= \n',
    '\n',
    '# c\n',
  ],
];
const ends = [
  ...[
    '\n',
    '\n',
    '\r\n',
    '\\\n',
    '`\n',
    ' \\ \n',
    '\\\r\n',
    '\\\\\n',
    '\n\n',
    '\\\n# c\n',
    '\\\n\n',
    '\\\n  \n',
    '\r\r\n',
  ],
  ...['\nEOF\n', '\n\tEOF\n', '\n x\nEOF\n', '\n\tx\n\tEOF\n'],
];

const instruction = fc
  .tuple(
    fc.constantFrom(...keywords),
    fc.constantFrom(' ', ' ', '\t', '  ', '\\\n'),
    fc.array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(' ', ' ', '\t', '')), { maxLength: 6 }),
    fc.constantFrom(...ends),
  )
  .map(([keyword, blank, words, end]) => keyword + blank + words.flat().join('') + end);

const dockerfiles = fc
  .tuple(
    fc.array(fc.constantFrom(...heads), { maxLength: 2 }),
    fc.array(instruction, { minLength: 1, maxLength: 4 }),
  )
  .map((parts) => parts.flat().join(''));
