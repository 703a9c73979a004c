import type { Finding } from '../finding.ts';
import { placesIn } from '../error-findings.ts';

/** One test, or one example, of one package. */
export interface TestCase {
  readonly package: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** What it printed; of failed ones only, its end. */
  readonly output?: string;
}

export interface TestedPackage {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** Go took the result from its cache. */
  readonly cached: boolean;
  /** What it printed outside its tests, when it failed: a build that broke, a panic, a race at the end. */
  readonly output?: string;
}

export interface Tested {
  readonly packages: readonly TestedPackage[];
  readonly cases: readonly TestCase[];
  /** Tests that are not in `cases`, as there are too many. */
  readonly more: number;
}

/** Characters of output that are kept of one test, its end. */
const keptOutput = 16_384;
/** Tests that are told one by one. */
const mostCases = 20_000;

export interface TestReader {
  /** Output of `go test -json` as it comes. */
  take(text: string): void;
  result(): Tested;
}

/**
 * Reads what `go test -json` prints (go doc test2json). Output of tests that passed is dropped at once, so memory does not grow with it.
 * @param show called with what a failed test printed, and with a line for each package
 */
export function testReader(show: (text: string) => void): TestReader {
  const outputs = new Map<string, string>();
  const builds = new Map<string, string>();
  const packages: TestedPackage[] = [];
  const cases: TestCase[] = [];
  let [more, line] = [0, ''];
  const add = (map: Map<string, string>, key: string, text: string): void => {
    map.set(key, `${map.get(key) ?? ''}${text}`.slice(-keptOutput));
  };
  const end = (event: TestEvent, outcome: TestCase['outcome']): void => {
    const { Package: name = '', Test: test, Elapsed: seconds = 0 } = event;
    const key = `${name} ${test ?? ''}`;
    const own = outputs.get(key) ?? '';
    outputs.delete(key);
    const build = event.FailedBuild === undefined ? '' : (builds.get(event.FailedBuild) ?? '');
    const failed = outcome === 'failed' ? { output: `${build}${own}` } : {};
    if (outcome === 'failed') show(`${build}${own}`);
    if (test === undefined) {
      const cached = /^ok\s.*\(cached\)$/m.test(own);
      packages.push({ name, outcome, seconds, cached, ...failed });
      if (outcome === 'passed') show(`ok ${name} ${cached ? '(cached)' : `${seconds.toFixed(1)}s`}\n`);
    } else if (cases.length < mostCases)
      cases.push({ package: name, name: test, outcome, seconds, ...failed });
    else more++;
  };
  const one = (event: TestEvent): void => {
    switch (event.Action) {
      case 'output':
        return add(outputs, `${event.Package ?? ''} ${event.Test ?? ''}`, event.Output ?? '');
      case 'build-output':
        return add(builds, event.ImportPath ?? '', event.Output ?? '');
      case 'pass':
        return end(event, 'passed');
      case 'fail':
        return end(event, 'failed');
      case 'skip':
        return end(event, 'skipped');
      default:
        return undefined;
    }
  };
  return {
    take(text) {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) {
        const event = eventOf(each);
        if (event) one(event);
      }
    },
    result: () => ({ packages, cases, more }),
  };
}

/** As `go doc test2json` describes it. */
interface TestEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Elapsed?: number;
  readonly Output?: string;
  readonly ImportPath?: string;
  readonly FailedBuild?: string;
}

/** Whatever a test prints past Go's own lines is none of these. */
function eventOf(line: string): TestEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('Action' in value)) return undefined;
    const { Action: action, ...rest } = value as Record<string, unknown>;
    const text = (key: string): string | undefined => (typeof rest[key] === 'string' ? rest[key] : undefined);
    const seconds = rest['Elapsed'];
    return typeof action !== 'string'
      ? undefined
      : {
          Action: action,
          ...Object.fromEntries(
            ['Package', 'Test', 'Output', 'ImportPath', 'FailedBuild'].flatMap((key) => {
              const found = text(key);
              return found === undefined ? [] : [[key, found]];
            }),
          ),
          ...(typeof seconds === 'number' ? { Elapsed: seconds } : {}),
        };
  } catch {
    return undefined;
  }
}

/**
 * What failed, with the places that its output names. A test that failed only because a test below it did is not told of again, nor is its package.
 * @param directoryOf the directory of a package, when it is known; paths in findings begin with it
 */
export function testFindings(
  { packages, cases }: Tested,
  directoryOf: (name: string) => string | undefined,
): Finding[] {
  const failed = cases.filter(({ outcome }) => outcome === 'failed');
  const leaves = failed.filter(
    (test) =>
      !failed.some((other) => other.package === test.package && other.name.startsWith(`${test.name}/`)),
  );
  const alone = packages.filter(
    ({ name, outcome }) => outcome === 'failed' && !leaves.some((test) => test.package === name),
  );
  return [
    ...leaves.map((test) => finding(test.package, test.name, test.output ?? '', directoryOf)),
    ...alone.map(({ name, output = '' }) => finding(name, undefined, output, directoryOf)),
  ];
}

function finding(
  name: string,
  test: string | undefined,
  output: string,
  directoryOf: (name: string) => string | undefined,
): Finding {
  const directory = directoryOf(name);
  const [place] = placesIn(output.replaceAll(/^\s+/gm, ''));
  const said = place?.message ?? firstLine(output);
  const file = place === undefined ? undefined : withDirectory(place.where.file, directory);
  const pattern = test
    ?.split('/')
    .map((part) => `^${part.replaceAll(/[^\w]/g, '.')}$`)
    .join('/');
  return {
    rule: 'tests',
    severity: 'error',
    message: `${test === undefined ? name : `${test} (${name})`}${said === '' ? ' failed' : `: ${said}`}`,
    ...(place && file !== undefined ? { where: { ...place.where, file } } : {}),
    fix: `go test${pattern === undefined ? '' : ` -run '${pattern}'`} ${name}`,
  };
}

/** Tests name their own files without a directory; compilers name them from the module's root, or in full. */
function withDirectory(file: string, directory: string | undefined): string | undefined {
  if (file.startsWith('/') || directory === undefined) return file;
  return file.includes('/') ? file.replace(/^\.\//, '') : `${directory}/${file}`.replace(/^\.\//, '');
}

function firstLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !/^(=== |--- FAIL|FAIL|ok )/.test(line)) ?? '';
}
