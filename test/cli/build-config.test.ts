import { expect, test } from 'vitest';
import { configOfFlags } from '../../src/cli/build-config.ts';
import { buildFlags } from '../../src/cli/build-flags.ts';
import { parse } from '../../src/cli/parse.ts';

const cgo = buildFlags.find(({ name }) => name === 'cgo');

test('every way of cgo that the flag offers reaches the build: static-musl was taken for none, in silence', () => {
  const choices: readonly string[] = cgo && 'choices' in cgo ? cgo.choices : [];
  expect(choices).toContain('static-musl');
  for (const choice of choices) {
    const input = parse(['--cgo', choice], { command: 'coracle build', flags: buildFlags, args: [] });
    expect(configOfFlags(input, '/', {}).config.go?.cgo).toBe(choice);
  }
});
