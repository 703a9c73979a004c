import { describe, expect, test } from 'vitest';
import { mountValue } from '../../src/dockerfile/instruction-mount-value.ts';
import { failure, typed, typedAs } from './dockerfiles.ts';

describe('command', () => {
  test.each<[string, object]>([
    ['RUN a && b', { form: 'shell', script: 'a && b', heredocs: [] }],
    ['RUN a \\\n  # c\n  && b', { form: 'shell', script: 'a   && b' }],
    ['RUN ["a", "b"]', { form: 'exec', argv: ['a', 'b'] }],
    ['RUN []', { form: 'exec', argv: [] }],
    ['RUN ["a"', { form: 'shell', script: '["a"' }],
    ['RUN', { form: 'shell', script: '' }],
    ['RUN --network=none a', { form: 'shell', script: 'a' }],
    ['RUN -x --network=none', { form: 'shell', script: '-x --network=none' }],
  ])('%j', (text, expected) => expect(typedAs('run', text).command).toMatchObject(expected));

  test.each<[string, string, string | undefined]>([
    ['RUN <<E\na\nb\nE\n', 'a\nb\n', 'E'],
    ['RUN <<-E\n\ta\n\tE\n', 'a\n', 'E'],
    ['RUN <<E\n#!/bin/x\na\nE\n', '#!/bin/x\na\n', 'E'],
    ['RUN --network=none <<E\na\nE\n', 'a\n', 'E'],
    ['RUN << E\na\nE\n', 'a\n', 'E'],
    ['RUN <<E cat\na\nE\n', '<<E cat\na\nE', undefined],
    ['RUN cat <<-E\n\ta\n\tE\n', 'cat <<-E\n\ta\nE', undefined],
    ['RUN <<A <<B\na\nA\nb\nB\n', '<<A <<B\na\nA\nb\nB', undefined],
    ['RUN python3 <<"E" > x\na\nE\n', 'python3 <<"E" > x\na\nE', undefined],
  ])('heredocs: %j', (text, script, inline) => {
    const { command } = typedAs('run', text);
    if (command.form !== 'shell') throw new Error('not the shell form');
    expect(command.script).toBe(script);
    expect(command.inline?.name).toBe(inline);
  });
});

describe('--network and --security', () => {
  test.each(['default', 'none', 'host'])('%s', (mode) => {
    expect(typedAs('run', `RUN --network=${mode} a`).network?.text).toBe(mode);
  });
  test.each(['sandbox', 'insecure'])('%s', (mode) => {
    expect(typedAs('run', `RUN --security=${mode} a`).security?.text).toBe(mode);
  });
  test('not given, no fields', () => {
    expect(Object.keys(typed('RUN a')).sort()).toEqual(['command', 'kind', 'mounts', 'source', 'span']);
  });
  test.each([
    ['RUN --network=hots a', '--network cannot be "hots"', 'Did you mean --network=host?'],
    ['RUN --network= a', '--network cannot be ""', 'There are --network=default'],
    ['RUN --network=$N a', '--network cannot be "$N"', 'Variables are not expanded here.'],
    ['RUN --security=none a', '--security cannot be "none"', 'There are --security=sandbox'],
    ['RUN --moutn=type=cache a', 'RUN has no flag "--moutn"', 'Did you mean --mount?'],
    ['RUN --mount a', '--mount has no value', '--mount=VALUE'],
  ])('not %s', (text, message, hint) => {
    const failed = failure(() => typed(text));
    expect(failed.message).toBe(message);
    expect(failed.hint).toContain(hint);
  });
  test('--device is said to be missing', () => {
    expect(failure(() => typed('RUN --device=a=b x')).error).toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('--mount', () => {
  /** Type and options, in the order of the names. */
  const mounts = (text: string): string[] =>
    typedAs('run', text).mounts.map(({ type, options }) =>
      [type, ...[...options].map(([name, word]) => `${name}=${word.text}`).sort()].join(' '),
    );
  test.each<[string, string]>([
    ['target=/a', 'bind target=/a'],
    ['type=bind,src=a,dst=/b,from=c,rw', 'bind from=c readonly=false source=a target=/b'],
    ['type=Bind,Source=a,DESTINATION=/b', 'bind source=a target=/b'],
    ['target=/a,type=cache', 'cache target=/a'],
    [
      'type=cache,target=/a,id=x,sharing=LOCKED,mode=0755,uid=1,gid=2',
      'cache gid=2 id=x mode=0755 sharing=locked target=/a uid=1',
    ],
    ['type=cache,target=/a,ro', 'cache readonly=true target=/a'],
    ['type=cache,target=/a,readonly=0', 'cache readonly=false target=/a'],
    ['type=bind,target=/a,readwrite=T', 'bind readonly=false target=/a'],
    ['type=bind,target=/a,rw=false', 'bind readonly=true target=/a'],
    ['type=bind,target=/a,ro,rw', 'bind readonly=false target=/a'],
    ['type=tmpfs,target=/a,size=64m', 'tmpfs size=64m target=/a'],
    ['type=secret,id=x', 'secret id=x'],
    ['type=secret,id=x,env=Y,required', 'secret env=Y id=x required=true'],
    ['required=true,type=secret,target=/x,mode=400', 'secret mode=400 required=true target=/x'],
    ['type=ssh', 'ssh'],
    ['type=ssh,id=a,required=FALSE,mode=0600', 'ssh id=a mode=0600 required=false'],
    ['type=cache,target=$A/b,id=${B},sharing=$C,mode=$D', 'cache id=${B} mode=$D sharing=$C target=$A/b'],
    ['target=/a,target=/b', 'bind target=/b'],
    ['target=/a=b', 'bind target=/a=b'],
    ['target=', 'bind target='],
    ['from=a$,target=/b', 'bind from=a$ target=/b'],
    [String.raw`type=bind,\"target=/a,b\"`, 'bind target=/a,b'],
    [String.raw`\"target=/a\"\"b\"`, 'bind target=/a"b'],
    ['"target=/a b"', 'bind target=/a b'],
  ])('%s', (options, expected) => expect(mounts(`RUN --mount=${options} x`)).toEqual([expected]));

  test('several', () => {
    expect(mounts('RUN --mount=target=/a --mount=type=ssh x')).toEqual(['bind target=/a', 'ssh']);
  });

  test('words have their places, over quotes and continuations', () => {
    const text = 'RUN --mount=type=cache,"target=/a b",id=x\\\ny z';
    const [mount] = typedAs('run', text).mounts;
    const at = (name: string): string => {
      const span = mount?.options.get(name)?.span;
      return text.slice(span?.start, span?.end);
    };
    expect(at('target')).toBe('/a b');
    expect(at('id')).toBe('x\\\ny');
  });

  test.each([
    ['type=cahce,target=/a', 'there is no mount of type "cahce"', 'Did you mean type=cache?', 'cahce'],
    ['type,target=/a', 'the mount option type has no value', 'type=VALUE', 'type'],
    ['type=', 'there is no mount of type ""', 'There are type=bind', ''],
    ['tagret=/a', '--mount has no option "tagret"', 'Did you mean target?', 'tagret=/a'],
    ['target=/a,', '--mount has no option ""', '', ''],
    ['target', 'the mount option target has no value', 'target=VALUE', 'target'],
    [
      'target=/a,from=$X',
      'variables are not expanded in from of a mount',
      'FROM image:$VERSION AS name',
      '$X',
    ],
    [
      'type=bind,sharing=locked',
      'a mount of type bind has no option sharing',
      'sharing is for cache.',
      'locked',
    ],
    ['sharing=locked,type=bind', 'a mount of type bind has no option sharing', '', 'locked'],
    ['type=bind,size=1m', 'a mount of type bind has no option size', 'size is for tmpfs.', '1m'],
    ['type=bind,mode=755', 'a mount of type bind has no option mode', '', '755'],
    ['type=tmpfs,uid=1', 'a mount of type tmpfs has no option uid', '', '1'],
    [
      'type=cache,required',
      'a mount of type cache has no option required',
      'required is for secret, ssh.',
      'required',
    ],
    ['type=secret,id=a,from=b', 'a mount of type secret has no option from', '', 'b'],
    ['type=secret,id=a,sharing=shared', 'a mount of type secret has no option sharing', '', 'shared'],
    [
      'type=cache,sharing=lokced',
      'the mount option sharing cannot be "lokced"',
      'Did you mean sharing=locked?',
      'lokced',
    ],
    ['type=cache,mode=9', 'the mount option mode cannot be "9"', 'mode=0755', '9'],
    ['type=cache,mode=u+x', 'the mount option mode cannot be "u+x"', '', 'u+x'],
    ['type=cache,uid=root', 'the mount option uid cannot be "root"', 'uid=1000', 'root'],
    ['type=cache,gid=4294967296', 'the mount option gid cannot be "4294967296"', '', '4294967296'],
    ['type=tmpfs,size=big', 'the mount option size cannot be "big"', 'size=64m', 'big'],
    ['target=/a,ro=yes', 'the mount option readonly cannot be "yes"', '', 'yes'],
    ['target=/a,rw=no', 'the mount option readonly cannot be "no"', '', 'no'],
    ['type=ssh,required=x', 'the mount option required cannot be "x"', '', 'x'],
    ['type=secret', 'a mount of type secret needs an id', '--secret id=NAME,src=FILE', '--mount=type=secret'],
    ['type=secret,id=', 'a mount of type secret needs an id', '', '--mount=type=secret,id='],
    ['', 'the value of --mount has no options', '', ''],
    [
      String.raw`\"target=/a`,
      'the value of --mount has a quote that is not closed',
      '',
      String.raw`\"target=/a`,
    ],
    [
      String.raw`target=\"/a\"`,
      'the value of --mount has a quote inside a field',
      '',
      String.raw`target=\"/a\"`,
    ],
    [
      String.raw`\"target=/a\"x`,
      'the value of --mount has something else than a comma behind a quote',
      '',
      String.raw`\"target=/a\"x`,
    ],
  ])('not %s', (options, message, hint, at) => {
    const failed = failure(() => typed(`RUN --mount=${options} x`));
    expect(failed.message).toBe(message);
    expect(failed.hint).toContain(hint);
    if (at !== '') expect(failed.at).toBe(at);
  });

  test('what a secret has is checked whole', () => {
    expect(failure(() => typed('RUN --mount=type=secret,id=a,source=b x')).message).toContain(
      'both id and source',
    );
  });

  test.each(['type=$T,target=/a', 'target=/a,rw=$W'])('%s is said to be missing', (options) => {
    expect(failure(() => typed(`RUN --mount=${options} x`)).error.code).toBe('UNSUPPORTED');
  });

  test('values have one spelling', () => {
    expect(mountValue('sharing', 'Private')).toBe('private');
    expect(mountValue('readonly', 't')).toBe('true');
    expect(mountValue('mode', '8')).toMatchObject({ message: 'the mount option mode cannot be "8"' });
    expect(mountValue('target', '/x')).toBe('/x');
  });
});
