/** A step that runs again says what changed: the reason is named for each kind of change, before anything runs if one asks. */
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../components/program.ts';
import { parseJson } from '../support/json.ts';
import { becauseOf, kitNeeds, openKit, pushBase, stepsThat } from './dockerfile-kit.ts';
import type { Kit, Machine, StepsDocument } from './dockerfile-kit.ts';
import { repository } from './coracle.ts';
import { write } from './tiny.ts';

const dockerfile = `ARG WHICH=1
FROM BASE AS tools
COPY tool.sh /tool
FROM BASE
ARG WORD=first
ENV GREETING=hello
COPY src/ /src/
RUN --mount=type=bind,source=mounted,target=/m cat /m/file >/mounted
RUN --mount=type=bind,from=tools,source=/tool,target=/tool cat /tool >/tooled
RUN echo $WORD $GREETING >/said
COPY --from=tools /tool /copied
WORKDIR /work
`;

const files = {
  Dockerfile: dockerfile,
  'src/one.txt': 'one\n',
  'src/deep/two.txt': 'two\n',
  'mounted/file': 'mounted\n',
  'tool.sh': 'tool\n',
};

let kit: Kit;
beforeAll(async () => {
  kit = await openKit();
});
afterAll(async () => kit.stop());

interface Setting {
  readonly machine: Machine;
  readonly context: string;
  again(...flags: string[]): Promise<StepsDocument>;
}

/** A project that was built once. */
async function built(changes: Readonly<Record<string, string>> = {}): Promise<Setting> {
  const machine = kit.machine();
  const context = kit.context({ ...files, ...changes });
  await machine.build(context, ['--explain']);
  return { machine, context, again: async (...flags) => machine.build(context, ['--explain', ...flags]) };
}

function edit(context: string, from: string, to: string): void {
  const file = path.join(context, 'Dockerfile');
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

describeWith(kitNeeds, 'a step says that it ran as', () => {
  it('never before', async () => {
    const machine = kit.machine();
    const first = await machine.build(kit.context(files), ['--explain']);
    expect(first.steps?.every(({ state, because }) => state === 'ran' && because.length === 0)).toBe(true);
  });

  it('a file changed, and what stands above it says so too', async () => {
    const { context, again } = await built();
    write(context, { 'src/deep/two.txt': 'TWO\n' });
    const now = await again();
    expect(becauseOf(now, 'COPY src/')).toEqual(['ran', 'file src/deep/two.txt changed']);
    expect(becauseOf(now, '>/said')).toEqual(['ran', 'the files beneath changed']);
    expect(stepsThat(now, 'cached')).toEqual(['COPY tool.sh /tool']);
  });

  it('a file is new, is gone, or has another mode', async () => {
    const { context, again } = await built();
    write(context, { 'src/three.txt': 'three\n' });
    expect(becauseOf(await again(), 'COPY src/')).toEqual(['ran', 'file src/three.txt is new']);
    chmodSync(path.join(context, 'src/three.txt'), 0o700);
    expect(becauseOf(await again(), 'COPY src/')).toEqual(['ran', 'file src/three.txt changed']);
  });

  it('a file that is mounted changed, of the context and of a stage', async () => {
    const { context, again } = await built();
    write(context, { 'mounted/file': 'other\n' });
    expect(becauseOf(await again(), 'cat /m/file')).toEqual(['ran', 'the files mounted at /m changed']);
    write(context, { 'tool.sh': 'sharper\n' });
    const now = await again();
    expect(becauseOf(now, 'cat /tool')).toEqual(['ran', 'the files mounted at /tool changed']);
    expect(becauseOf(now, 'COPY --from=tools')).toContain('file tool changed');
  });

  it('an argument or a variable has another value', async () => {
    const { context, again } = await built();
    const now = await again('--build-arg', 'WORD=second');
    expect(becauseOf(now, '>/said')).toEqual(['ran', 'variable WORD changed']);
    expect(becauseOf(now, 'COPY src/')).toEqual(['cached']);
    edit(context, 'GREETING=hello', 'GREETING=welcome');
    expect(becauseOf(await again('--build-arg', 'WORD=second'), '>/said')).toContain(
      'variable GREETING changed',
    );
  });

  it('the command is another', async () => {
    const { context, again } = await built();
    edit(context, 'echo $WORD $GREETING', 'echo $GREETING $WORD');
    const now = await again();
    expect(becauseOf(now, '>/said')).toEqual(['ran', 'the command changed']);
    expect(becauseOf(now, 'WORKDIR')).toEqual(['ran', 'the files beneath changed']);
  });

  it('the instruction is another', async () => {
    const { context, again } = await built();
    edit(context, 'COPY src/ /src/', 'COPY --chown=1:2 src/ /src/');
    expect(becauseOf(await again(), 'COPY --chown')).toEqual(['ran', 'the instruction changed']);
  });

  it('the base is another', async () => {
    const name = `${kit.registry.host}/moving:1`;
    const place = path.join(kit.root, 'moving');
    const push = async (content: string): Promise<void> =>
      pushBase(path.join(place, content), name, path.join(place, 'home'), content);
    await push('one');
    const machine = kit.machine();
    const context = kit.context({
      Dockerfile: `FROM ${name}\nRUN cat /etc/release >/was\nCOPY f /\n`,
      f: '',
    });
    await machine.build(context);
    await push('two');
    const now = await machine.build(context, ['--explain']);
    expect(becauseOf(now, 'cat /etc/release')).toEqual([
      'ran',
      expect.stringMatching(
        /^the base 127\.0\.0\.1:\d+\/moving:1 changed from sha256:[0-9a-f]{12} to sha256:[0-9a-f]{12}$/,
      ),
    ]);
    edit(context, `FROM ${name}`, `FROM ${kit.base}`);
    expect(becauseOf(await machine.build(context, ['--explain']), 'cat /etc/release')).toEqual([
      'ran',
      `the base is ${kit.base}, and was ${name}`,
    ]);
  });

  it('asked not to look', async () => {
    const { again } = await built();
    const all = await again('--no-cache');
    expect(all.steps?.map(({ state, because }) => [state, ...because])).toEqual(
      all.steps?.map(() => ['ran', '--no-cache']),
    );
    const one = await again('--no-cache-filter', 'tools');
    expect(becauseOf(one, 'COPY tool.sh')).toEqual(['ran', '--no-cache-filter']);
  });

  it('nothing, when comments, blank lines, times and the order of flags are others', async () => {
    const { context, again } = await built();
    edit(
      context,
      'RUN echo $WORD $GREETING >/said',
      '# why\n\nrun \\\n # within\n  echo $WORD $GREETING >/said\n',
    );
    for (const name of ['src/one.txt', 'tool.sh', 'mounted/file']) {
      const file = path.join(context, name);
      writeFileSync(file, readFileSync(file));
    }
    expect(stepsThat(await again(), 'ran')).toEqual([]);
  });
});

describeWith(kitNeeds, '--explain', () => {
  it('prints a table for people', async () => {
    const { machine, context } = await built();
    write(context, { 'src/one.txt': 'ONE\n' });
    const { stdout } = await machine.coracle(['build', '--explain', context]);
    expect(stdout).toMatch(/^STATE +STEP +BECAUSE$/m);
    expect(stdout).toMatch(/^ran +\[.*\] COPY src\/ \/src\/ +file src\/one\.txt changed$/m);
    expect(stdout).toMatch(/^cached +\[tools 2\/2\] COPY tool\.sh \/tool *$/m);
  });

  it('is there when nothing changed, too', async () => {
    const { again } = await built();
    const now = await again();
    expect(now.steps).toHaveLength(7);
    expect(stepsThat(now, 'cached')).toHaveLength(7);
  });
});

describeWith(kitNeeds, '--dry-run', () => {
  it('says what would run and why, and runs and writes nothing', async () => {
    const { machine, context } = await built();
    write(context, { 'src/one.txt': 'ONE\n' });
    const before = inventory(machine);
    const dry = await machine.build(context, ['--dry-run']);
    expect(becauseOf(dry, 'COPY src/')).toEqual(['would run', 'file src/one.txt changed']);
    expect(becauseOf(dry, '>/said')).toEqual(['would run', 'an earlier step would run']);
    expect(becauseOf(dry, 'COPY tool.sh')).toEqual(['cached']);
    expect(stepsThat(dry, 'ran')).toEqual([]);
    expect(dry.images).toEqual([]);
    expect(inventory(machine)).toEqual(before);
    // It has not forgotten either: the build that follows says the same.
    const wet = await machine.build(context, ['--explain']);
    expect(becauseOf(wet, 'COPY src/')).toEqual(['ran', 'file src/one.txt changed']);
  });

  it('starts no process and makes no layer for a build that never was, as a user who may not run steps', async () => {
    const machine = kit.machine('single');
    const dry = await machine.build(kit.context(files), ['--dry-run'], { env: { PATH: '/nowhere' } });
    expect(dry.steps?.every(({ state }) => state === 'would run')).toBe(true);
    expect(inventory(machine).filter((file) => file.includes('/layers/'))).toEqual([]);
  });

  it('fits the schema, as --explain does', async () => {
    const { machine, context } = await built();
    write(context, { 'src/one.txt': 'ONE\n' });
    const schema = parseJson<object>(
      readFileSync(path.join(repository, 'docs/schemas/build.schema.json'), 'utf8'),
    );
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv);
    const valid = ajv.compile(schema);
    for (const flag of ['--dry-run', '--explain']) {
      const { stdout } = await machine.coracle(['build', '--json', flag, context]);
      valid(parseJson(stdout));
      expect(valid.errors).toBe(null);
    }
  });
});

/** Layers and blobs of a machine's store. */
function inventory({ home }: Machine): string[] {
  return readdirSync(path.join(home, 'store'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(layers|blobs|refs)\/./.test(file))
    .sort();
}
