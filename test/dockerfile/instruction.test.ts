import { describe, expect, test } from 'vitest';
import { parseTrigger, typeInstruction } from '../../src/dockerfile/instruction-type.ts';
import type { Word } from '../../src/dockerfile/instructions.ts';
import { failure, instructionsOf, parse, typed, typedAs } from './dockerfiles.ts';

const texts = (words: readonly Word[]): string[] => words.map(({ text }) => text);
/** A pair as `name|value`. */
const pairs = (text: string, kind: 'env' | 'label' = 'env'): string[] =>
  typedAs(kind, text).pairs.map(({ name, value }) => `${name.text}|${value.text}`);

describe('FROM', () => {
  test.each<[string, object]>([
    ['FROM a', { image: { text: 'a' } }],
    ['FROM a AS b', { image: { text: 'a' }, as: 'b' }],
    ['from a\tas  B-1_2.c', { image: { text: 'a' }, as: 'b-1_2.c' }],
    ['FROM --platform=$X a aS b', { image: { text: 'a' }, as: 'b', platform: { text: '$X' } }],
    ['FROM --platform= a', { image: { text: 'a' } }],
    ['FROM "a"', { image: { text: '"a"' } }],
    ['FROM ${X:-a}@sha256:0', { image: { text: '${X:-a}@sha256:0' } }],
  ])('%s', (text, expected) => expect(typed(text)).toMatchObject({ kind: 'from', ...expected }));

  test('no name, no platform: no fields', () => {
    expect(Object.keys(typed('FROM --platform= a')).sort()).toEqual(['image', 'kind', 'source', 'span']);
  });

  test.each([
    ['FROM', 'FROM needs an image', 'FROM'],
    ['FROM a b', 'after the image of FROM there can only be AS and a name', 'b'],
    ['FROM a AS', 'after the image of FROM there can only be AS and a name', 'AS'],
    ['FROM a AS b c', 'after the image of FROM there can only be AS and a name', 'AS b c'],
    ['FROM a # the base', 'after the image of FROM there can only be AS and a name', '# the base'],
    ['FROM a AS 1b', '"1b" cannot be the name of a stage', '1b'],
    ['FROM a AS b/c', '"b/c" cannot be the name of a stage', 'b/c'],
    ['FROM a AS $X', '"$X" cannot be the name of a stage', '$X'],
    ['FROM --platfrom=x a', 'FROM has no flag "--platfrom"', '--platfrom=x'],
    ['FROM --platform a', '--platform has no value', '--platform'],
    ['FROM --platform=a --platform=b a', '--platform is given twice', '--platform=b'],
  ])('not %s', (text, message, at) => expect(failure(() => typed(text))).toMatchObject({ message, at }));
});

describe('ENV and LABEL', () => {
  test.each<[string, string[]]>([
    ['ENV a=b', ['a|b']],
    ['ENV a=b c=d', ['a|b', 'c|d']],
    ['ENV a="b c" d=\'e f\'', ['a|"b c"', "d|'e f'"]],
    [String.raw`ENV a=b\ c d=`, [String.raw`a|b\ c`, 'd|']],
    [String.raw`ENV a="b\" c" d=e`, [String.raw`a|"b\" c"`, 'd|e']],
    [String.raw`ENV a='b\' c=d`, [String.raw`a|'b\'`, 'c|d']],
    ['ENV a=b=c', ['a|b=c']],
    ['ENV a=', ['a|']],
    ['ENV a=b\\\n  c=d', ['a|b', 'c|d']],
    ['ENV a=b \\\n# c\n  c=d', ['a|b', 'c|d']],
    ['ENV a="b \\\n c"', ['a|"b  c"']],
    ['ENV a b c', ['a|b c']],
    ['ENV a   "b"  c ', ['a|"b"  c']],
    ['ENV a b=c', ['a|b=c']],
    ['ENV "a b" c', ['"a|b" c']],
    ['ENV "a=b" c=d', ['"a|b"', 'c|d']],
    ['ENV a="b c', ['a|"b c']],
    ['ENV a=b\u00a0c=d', ['a|b', 'c|d']],
    ['ENV a=b\\', ['a|b']],
  ])('%j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
    expect(pairs(text.replace('ENV', 'LABEL'), 'label')).toEqual(expected);
  });

  test('the escape character of the directive', () => {
    expect(pairs('# escape=`\nENV a=c:\\b` c d=e')).toEqual(['a|c:\\b` c', 'd|e']);
  });

  test('names and values have their places', () => {
    const text = 'ENV a=b \\\n  cc="d e"';
    const [, second] = typedAs('env', text).pairs;
    expect(text.slice(second?.name.span.start, second?.name.span.end)).toBe('cc');
    expect(text.slice(second?.value.span.start, second?.value.span.end)).toBe('"d e"');
  });

  test.each([
    ['ENV', 'ENV needs a name and a value', 'ENV'],
    ['LABEL', 'LABEL needs a name and a value', 'LABEL'],
    ['ENV a', 'ENV needs a value for "a"', 'a'],
    ['ENV a=b c', '"c" is no NAME=VALUE', 'c'],
    ['ENV a=b c d=e', '"c" is no NAME=VALUE', 'c'],
    ['ENV =b', '"=b" has no name before the =', '=b'],
    ['ENV --x a=b', 'ENV has no flag "--x"', '--x'],
  ])('not %s', (text, message, at) => expect(failure(() => typed(text))).toMatchObject({ message, at }));

  test('white space around the = makes the old form of it', () => {
    expect(pairs('ENV a = b')).toEqual(['a|= b']);
  });
});

describe('ARG', () => {
  const args = (text: string): string[] =>
    typedAs('arg', text).args.map(({ name, value }) => (value ? `${name}|${value.text}` : name));
  test.each<[string, string[]]>([
    ['ARG a', ['a']],
    ['ARG a=', ['a|']],
    ['ARG a=b c d="e f"', ['a|b', 'c', 'd|"e f"']],
    ['ARG a=b=c', ['a|b=c']],
    ['ARG "a=b"', ['"a|b"']],
    // BuildKit reads over flags here.
    ['ARG --x a', ['a']],
  ])('%s', (text, expected) => expect(args(text)).toEqual(expected));

  test.each([
    ['ARG', 'ARG needs a name'],
    ['ARG =a', '"=a" has no name before the ='],
    ['ARG \\', 'ARG needs a name'],
  ])('not %s', (text, message) => expect(failure(() => typed(text)).message).toBe(message));
});

describe('words', () => {
  test.each<[string, object]>([
    ['USER a b', { kind: 'user', value: { text: 'a b' } }],
    ['USER "a"', { kind: 'user', value: { text: '"a"' } }],
    ['WORKDIR /a b/ ', { kind: 'workdir', value: { text: '/a b/' } }],
    ['STOPSIGNAL $S', { kind: 'stopsignal', value: { text: '$S' } }],
    ['STOPSIGNAL --x 9', { kind: 'stopsignal', value: { text: '9' } }],
    ['MAINTAINER A B <c@d>', { kind: 'maintainer', value: 'A B <c@d>' }],
  ])('%s', (text, expected) => expect(typed(text)).toMatchObject(expected));

  test('EXPOSE', () => {
    expect(texts(typedAs('expose', 'EXPOSE 80 443/tcp\t$P 1-3/udp').ports)).toEqual([
      '80',
      '443/tcp',
      '$P',
      '1-3/udp',
    ]);
  });

  test.each<[string, string[]]>([
    ['VOLUME /a /b', ['/a', '/b']],
    ['VOLUME ["/a", "/b c"]', ['/a', '/b c']],
    ['VOLUME [" /a "]', ['/a']],
    ['VOLUME ["/a"', ['["/a"']],
    ["VOLUME ['/a']", ["['/a']"]],
  ])('%s', (text, expected) => expect(texts(typedAs('volume', text).volumes)).toEqual(expected));

  test.each([
    ['USER', 'USER needs a user', 'USER'],
    ['WORKDIR', 'WORKDIR needs a path', 'WORKDIR'],
    ['STOPSIGNAL', 'STOPSIGNAL needs a signal', 'STOPSIGNAL'],
    ['MAINTAINER', 'MAINTAINER needs a name', 'MAINTAINER'],
    ['EXPOSE', 'EXPOSE needs a port', 'EXPOSE'],
    ['VOLUME', 'VOLUME needs a path', 'VOLUME'],
    ['VOLUME []', 'VOLUME needs a path', 'VOLUME'],
    ['VOLUME ["/a", " "]', 'a path of VOLUME is empty', '" "'],
    ['VOLUME ["/a", 1]', 'the JSON array of VOLUME holds something that is no string', '["/a", 1]'],
    ['USER --x a', 'USER has no flag "--x"', '--x'],
  ])('not %s', (text, message, at) => expect(failure(() => typed(text))).toMatchObject({ message, at }));
});

describe('CMD, ENTRYPOINT and SHELL', () => {
  test.each<[string, object]>([
    ['CMD ["a", "b c"]', { form: 'exec', argv: ['a', 'b c'] }],
    ['CMD  [ "a" , "b" ] ', { form: 'exec', argv: ['a', 'b'] }],
    ['CMD []', { form: 'exec', argv: [] }],
    ['CMD ["a", \\\n# c\n "b"]', { form: 'exec', argv: ['a', 'b'] }],
    [String.raw`CMD ["\u0041\n\"\\\/\ud83d\ude00"]`, { form: 'exec', argv: ['A\n"\\/\u{1f600}'] }],
    [String.raw`CMD ["\ud800x"]`, { form: 'exec', argv: ['\ufffdx'] }],
    ['CMD ["\udcff"]', { form: 'exec', argv: ['\udcff'] }],
    ['CMD ["$a"]', { form: 'exec', argv: ['$a'] }],
    ['CMD a  b # c', { form: 'shell', script: 'a  b # c' }],
    ['CMD ["a"] b', { form: 'shell', script: '["a"] b' }],
    ['CMD ["a",]', { form: 'shell', script: '["a",]' }],
    ["CMD ['a']", { form: 'shell', script: "['a']" }],
    ['CMD ["a"', { form: 'shell', script: '["a"' }],
    [String.raw`CMD ["c:\a"]`, { form: 'shell', script: String.raw`["c:\a"]` }],
    ['CMD {"a": 1}', { form: 'shell', script: '{"a": 1}' }],
    ['CMD "a"', { form: 'shell', script: '"a"' }],
    ['CMD', { form: 'shell', script: '' }],
  ])('%s', (text, expected) => {
    expect(typedAs('cmd', text).command).toMatchObject(expected);
    expect(typedAs('entrypoint', text.replace('CMD', 'ENTRYPOINT')).command).toMatchObject(expected);
  });

  test('SHELL', () =>
    expect(typedAs('shell', 'SHELL ["/bin/bash", "-c"]').argv).toEqual(['/bin/bash', '-c']));

  test.each([
    ['CMD ["a", 1]', 'the JSON array of CMD holds something that is no string'],
    ['CMD [null]', 'the JSON array of CMD holds something that is no string'],
    ['CMD [["a"]]', 'the JSON array of CMD holds something that is no string'],
    ['CMD --x a', 'CMD has no flag "--x"'],
    ['SHELL', 'SHELL needs at least one argument'],
    ['SHELL []', 'SHELL needs a JSON array with at least one string'],
    ['SHELL bash -c', 'SHELL needs a JSON array with at least one string'],
    ["SHELL ['bash']", 'SHELL needs a JSON array with at least one string'],
  ])('not %s', (text, message) => expect(failure(() => typed(text)).message).toBe(message));
});

describe('HEALTHCHECK', () => {
  const options = (text: string): string[] =>
    [...typedAs('healthcheck', text).options].map(([name, { text }]) => `${name}=${text}`);

  test.each<[string, object | undefined]>([
    ['HEALTHCHECK NONE', undefined],
    ['HEALTHCHECK none', undefined],
    // BuildKit reads over flags here.
    ['HEALTHCHECK --interval=x NONE', undefined],
    ['HEALTHCHECK CMD a b', { form: 'shell', script: 'a b' }],
    ['HEALTHCHECK cmd\t["a", "b"]', { form: 'exec', argv: ['a', 'b'] }],
    ['HEALTHCHECK CMD --interval=5s', { form: 'shell', script: '--interval=5s' }],
  ])('%s', (text, expected) => {
    const { command } = typedAs('healthcheck', text);
    if (expected === undefined) expect(command).toBeUndefined();
    else expect(command).toMatchObject(expected);
  });

  test('all options', () => {
    const all = ['interval=1m30s', 'timeout=1.5h', 'start-period=0', 'start-interval=500ms', 'retries=3'];
    expect(options(`HEALTHCHECK ${all.map((one) => `--${one}`).join(' ')} CMD a`)).toEqual(all);
    expect(options('HEALTHCHECK --interval= --retries=0 CMD a')).toEqual(['retries=0']);
  });

  test.each([
    ['HEALTHCHECK', 'HEALTHCHECK needs CMD and a command, or NONE', 'HEALTHCHECK'],
    ['HEALTHCHECK NONE a', 'HEALTHCHECK NONE takes nothing more', 'NONE a'],
    ['HEALTHCHECK curl x', 'HEALTHCHECK has no form "curl"', 'curl'],
    ['HEALTHCHECK CMD', 'HEALTHCHECK CMD needs a command', 'HEALTHCHECK'],
    ['HEALTHCHECK CMD []', 'HEALTHCHECK CMD needs a command', 'HEALTHCHECK'],
    ['HEALTHCHECK --interval=30 CMD a', '--interval is a duration, not "30"', '30'],
    ['HEALTHCHECK --interval=$X CMD a', '--interval is a duration, not "$X"', '$X'],
    ['HEALTHCHECK --interval=1ns CMD a', '--interval cannot be less than a millisecond', '1ns'],
    ['HEALTHCHECK --interval=-1s CMD a', '--interval cannot be less than a millisecond', '-1s'],
    ['HEALTHCHECK --retries=a CMD a', '--retries is a whole number, not "a"', 'a'],
    ['HEALTHCHECK --retries=-1 CMD a', '--retries is a whole number, not "-1"', '-1'],
    ['HEALTHCHECK --retries=2147483648 CMD a', '--retries is a whole number, not "2147483648"', '2147483648'],
    ['HEALTHCHECK --intreval=1s CMD a', 'HEALTHCHECK has no flag "--intreval"', '--intreval=1s'],
  ])('not %s', (text, message, at) => expect(failure(() => typed(text))).toMatchObject({ message, at }));
});

describe('ONBUILD', () => {
  const trigger = (text: string): string => typedAs('onbuild', text).trigger;
  test.each([
    ['ONBUILD RUN a', 'RUN a'],
    ['onbuild   run a  ', 'run a  '],
    ['ONBUILD RUN a \\\n  b', 'RUN a   b'],
    ['ONBUILD RUN <<E\na\nE\n', 'RUN <<E\na\nE'],
    ['ONBUILD COPY <<-A <<B /x\n\ta\n\tA\nb\nB\n', 'COPY <<-A <<B /x\n\ta\nA\nb\nB'],
    // What it says is looked at when it is run.
    ['ONBUILD FOO a', 'FOO a'],
    ['ONBUILD COPY a', 'COPY a'],
    ['ONBUILD ENV', 'ENV'],
  ])('%j', (text, expected) => expect(trigger(text)).toBe(expected));

  test.each([
    ['ONBUILD', 'ONBUILD needs an instruction', 'ONBUILD'],
    ['ONBUILD FROM a', 'FROM cannot be a trigger of ONBUILD', 'FROM'],
    ['ONBUILD maintainer a', 'MAINTAINER cannot be a trigger of ONBUILD', 'maintainer'],
    ['ONBUILD ONBUILD RUN a', 'ONBUILD cannot be a trigger of ONBUILD', 'ONBUILD'],
    ['ONBUILD --x RUN a', 'ONBUILD has no flag "--x"', '--x'],
    ['ONBUILD ENV a', 'ENV needs a value for "a"', 'a'],
    ['ONBUILD CMD [1]', 'the JSON array of CMD holds something that is no string', '[1]'],
  ])('not %s', (text, message, at) => expect(failure(() => typed(text))).toMatchObject({ message, at }));

  const where = { file: 'Dockerfile', line: 3, column: 1, text: 'FROM a\n\nFROM b\n' };

  test('a trigger of a base image is an instruction', () => {
    expect(parseTrigger('COPY --from=x a b', where)).toMatchObject({ kind: 'copy', dest: { text: 'b' } });
    expect(parseTrigger('RUN <<E\na\nE', where)).toMatchObject({ command: { script: 'a\n' } });
    expect(parseTrigger('RUN a \\', where)).toMatchObject({ command: { script: 'a' } });
  });

  test.each([
    ['', 'it is not one instruction'],
    ['RUN a\nRUN b', 'it is not one instruction'],
    ['FROM a', 'FROM cannot be one'],
    ['FOO', 'unknown instruction "FOO"'],
    ['RUN <<E\n', 'this heredoc does not end: no line is "E"'],
  ])('a trigger cannot be %j', (text, message) => {
    const { error } = failure(() => parseTrigger(text, where));
    expect(error).toMatchObject({ message: `an ONBUILD trigger of the base image: ${message}`, where });
    expect(error.detail).toBe(text);
  });
});

describe('every instruction', () => {
  test('has its text as one line, and its place without the line end', () => {
    const text = '  RUN a \\\n# c\n  b \nCMD <<E\n';
    const dockerfile = parse(text);
    const [run] = instructionsOf(text).map((node) => typeInstruction(node, dockerfile));
    expect(run?.source).toBe('RUN a   b');
    expect(text.slice(run?.span.start, run?.span.end)).toBe('RUN a \\\n# c\n  b');
  });

  test('with heredocs reaches to their end, and its text has only their names', () => {
    const text = 'COPY <<E /x\na\nE\n';
    const { span, source } = typed(text);
    expect(text.slice(span.start, span.end)).toBe('COPY <<E /x\na\nE');
    expect(source).toBe('COPY <<E /x');
  });

  test.each([
    ['FORM a', 'unknown instruction "FORM"', 'Did you mean FROM?', 'FORM'],
    ['ENTRYPIONT a', 'unknown instruction "ENTRYPIONT"', 'Did you mean ENTRYPOINT?', 'ENTRYPIONT'],
    ['INCLUDE+ a', 'unknown instruction "INCLUDE+"', 'There are ADD, ARG, CMD,', 'INCLUDE+'],
    ['\\\n\n', 'there is no instruction on this line', '', '\\'],
  ])('%j is unknown', (text, message, hint, at) => {
    const failed = failure(() => typed(text));
    expect(failed).toMatchObject({ message });
    expect(failed.hint).toContain(hint);
    expect(failed.at.trimEnd()).toBe(at);
  });

  test.each([
    ['RUN a &&\n  b && c\n', 'that line must end in \\'],
    ["RUN it's <<E\nx\nE\n", 'a quote is not closed there'],
  ])('the line behind a RUN that should have gone on: %j', (text, hint) => {
    const dockerfile = parse(text);
    const [, node] = instructionsOf(text);
    const second = dockerfile.nodes.find((one) => one.span.start === node?.span.start);
    if (second?.kind !== 'instruction') throw new Error('no second instruction');
    expect(failure(() => typeInstruction(second, dockerfile)).hint).toContain(hint);
  });
});
