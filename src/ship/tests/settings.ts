import type { Config } from '../../config/types.ts';
import { commandWords } from '../../config/words.ts';

/** `ship.tests` of coracle.yaml, with what is taken where it says nothing. */
export interface TestSettings {
  /** In place of go test. */
  readonly command: readonly [string, ...string[]] | undefined;
  readonly packages: readonly string[];
  readonly flags: readonly string[];
  readonly race: boolean;
}

/** @throws ToolError CONFIG_INVALID */
export function testSettings({ ship }: Pick<Config, 'ship'>): TestSettings {
  const { command = [], packages = ['./...'], flags = [], race = false } = ship?.tests ?? {};
  const words = typeof command === 'string' ? commandWords(command, { name: 'ship.tests.command' }) : command;
  const [program, ...args] = words;
  return { command: program === undefined ? undefined : [program, ...args], packages, flags, race };
}
