/** `ship:` of coracle.yaml: what coracle ship does besides building and deploying. */
import { command, keys, list, words, type Schema } from './kit.ts';

/** The stages of coracle ship, in their order. */
export const stageNames = [
  'config',
  'hosts',
  'tests',
  'build',
  'budget',
  'push',
  'deploy',
  'verify',
] as const;
export type StageName = (typeof stageNames)[number];

export const ship: Schema = keys('What coracle ship does; see docs/ci.md.', {
  tests: keys('How the project is tested. Without it: go test ./..., with the Go that builds it.', {
    command: command('A command in place of go test, run where this file lies.'),
    packages: list({ type: 'string', minLength: 1 }, 'Packages that go test tests.', { default: ['./...'] }),
    flags: words('More flags for go test.'),
    race: {
      type: 'boolean',
      default: false,
      description: 'Test with the race detector, which needs a C compiler.',
    },
  }),
  skip: list({ type: 'string', enum: stageNames }, 'Stages that are left out.', { examples: [['budget']] }),
});
