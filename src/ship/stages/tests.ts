import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { placesIn } from '../error-findings.ts';
import type { Finding } from '../finding.ts';
import { stepId } from '../ship.ts';
import { testFindings } from '../tests/events.ts';
import { goTestsOf, packageDirectory, runGoTests, type GoTests, type GoTested } from '../tests/go-test.ts';
import { testSettings } from '../tests/settings.ts';
import { treeKey } from '../tests/tree-key.ts';
import type { Stage, StageResult } from '../types.ts';
import type { ShipWork } from '../work.ts';

/** Variables of Go that change what is tested. */
const ofGo = /^(GO|CGO_|CC$|CXX$)/;

/** Runs the project's tests: `go test` with the Go that builds it, or a command. What passed is not tested again while no file changed. */
export function testsStage(work: ShipWork): Stage {
  const prepare = async (ctx: Ctx): Promise<Prepared> => {
    const { config, directory } = await work.loaded();
    const settings = testSettings(config);
    if (settings.command !== undefined) return { kind: 'command', command: settings.command, directory };
    const tests = await goTestsOf(ctx, await work.request(), settings);
    return tests === undefined ? { kind: 'none' } : { kind: 'go', tests };
  };
  return {
    name: 'tests',
    summary: 'the tests pass',
    remembers: true,
    async key(_state, ctx) {
      // What stops them from being found is told when they are run.
      const prepared = await prepare(ctx).catch(() => undefined);
      // What a command looks at, only it knows.
      if (prepared?.kind !== 'go') return undefined;
      const { root, go, args } = prepared.tests;
      const tree = await treeKey(root, work.own);
      if (tree === undefined) return undefined;
      const env = Object.entries({ ...ctx.env, ...go.env }).filter(([name]) => ofGo.test(name));
      const toolchain = typeof go.toolchain === 'function' ? await go.toolchain() : go.toolchain;
      const parts = [tree, args, toolchain.version, go.cgo, env.sort(([a], [b]) => (a < b ? -1 : 1))];
      return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    },
    async run(_state, ctx) {
      const prepared = await prepare(ctx);
      if (prepared.kind === 'command') return runCommand(ctx, prepared.command, prepared.directory);
      if (prepared.kind === 'go') return resultOf(ctx, prepared.tests, await runGoTests(ctx, prepared.tests));
      return {
        verdict: 'skipped',
        summary: 'there is no Go module; ship.tests.command says how it is tested',
        findings: [],
      };
    },
  };
}

type Prepared =
  | { readonly kind: 'none' }
  | { readonly kind: 'go'; readonly tests: GoTests }
  | {
      readonly kind: 'command';
      readonly command: readonly [string, ...string[]];
      readonly directory: string;
    };

function resultOf(ctx: Ctx, tests: GoTests, { code, stderr, ...tested }: GoTested): StageResult {
  const count = (outcome: string): number => tested.cases.filter((test) => test.outcome === outcome).length;
  const [passed, failed, skipped] = [count('passed') + tested.more, count('failed'), count('skipped')];
  const cached = tested.packages.filter((one) => one.cached).length;
  const findings = testFindings(tested, packageDirectory(ctx, tests));
  if (code !== 0 && findings.length === 0) findings.push(...ofCommand(stderr, tests, ctx, code));
  const words = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `in ${tested.packages.length === 1 ? '1 package' : `${tested.packages.length} packages`}`,
  ];
  const from = cached > 0 ? `, ${cached} from Go's cache` : '';
  return {
    verdict: code === 0 ? 'passed' : 'failed',
    summary: code !== 0 && failed === 0 ? 'go test failed' : words.join(', ').replace(/, in /, ' in ') + from,
    findings,
    data: { passed, failed, skipped, ...tested },
  };
}

/** What the go command itself says when no test came to run. */
function ofCommand(stderr: string, tests: GoTests, ctx: Ctx, code: number): Finding[] {
  const places = placesIn(stderr).map(({ where, message }): Finding => ({
    rule: 'tests',
    severity: 'error',
    message,
    where: {
      ...where,
      file: path.relative(ctx.cwd, path.resolve(tests.root, where.file)) || where.file,
    },
  }));
  const said = stderr.trim().split('\n').slice(-20).join('\n');
  return places.length > 0
    ? places
    : [{ rule: 'tests', severity: 'error', message: said === '' ? `go test ended with ${code}` : said }];
}

async function runCommand(
  ctx: Ctx,
  command: readonly [string, ...string[]],
  directory: string,
): Promise<StageResult> {
  const id = stepId('tests');
  const exit = await ctx.exec({
    argv: command,
    cwd: directory,
    env: ctx.env,
    onOutput: (stream, text) => ctx.emit({ kind: 'log', id, stream, text }),
  });
  const name = command.join(' ');
  if (exit.code === 0) return { verdict: 'passed', summary: `${name} ended well`, findings: [] };
  const output = `${exit.stdout}${exit.stderr}`;
  const last = output.trim().split('\n').slice(-20).join('\n');
  const places = placesIn(output.replaceAll(/^\s+/gm, '')).map(({ where, message }): Finding => ({
    rule: 'tests',
    severity: 'error',
    message,
    where,
  }));
  return {
    verdict: 'failed',
    summary: `${name} ended with ${exit.code}`,
    findings: [
      { rule: 'tests', severity: 'error', message: last === '' ? `${name} failed` : last },
      ...places,
    ],
  };
}
