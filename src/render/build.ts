import type { BuildResult, BuiltImage, BuiltPlatform, StepReport } from '../build/types.ts';
import { row, table } from './rows.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';
import { bytes, duration } from './units.ts';
import { cut } from './width.ts';

export interface BuildView {
  readonly style: Style;
  readonly columns: number;
  /** Milliseconds of the whole command. */
  readonly took: number;
  /** Print the time of each step. */
  readonly debug: boolean;
  /** The image went into Docker or Podman. */
  readonly loaded: boolean;
}

/** The result of a build for people: what it is called, what it is, what it rests on and why, how big, and how to go on. */
export function renderBuild(result: BuildResult, view: BuildView): string {
  const blocks = result.images.map((image) => renderImage(image, view));
  if (result.steps) blocks.unshift(renderSteps(result.steps, view.style));
  if (result.steps && result.images.length === 0) return `${blocks.join('\n')}\n`;
  const what = result.unchanged ? 'nothing changed' : 'built';
  const count = result.images.length === 1 ? '' : `${result.images.length} images `;
  const times = view.debug ? Object.entries(result.times).map(([name, ms]) => `${name} ${duration(ms)}`) : [];
  const last = [
    row('time', `${count}${what} in ${duration(view.took)}`, view),
    ...verifiedRows(result, view),
    ...(result.because === undefined ? [] : [row('because', safe(result.because), view)]),
    ...(times.length > 0 ? [row('', view.style.dim(times.join(', ')), view)] : []),
    ...next(result, view),
  ];
  return `${[...blocks, last.join('\n')].join('\n')}\n`;
}

/** Each step of a Dockerfile: whether it ran, and what changed since it ran last. */
function renderSteps(steps: readonly StepReport[], style: Style): string {
  const rows = steps.map(({ name, state, because }) => [
    state,
    cut(safe(name), 60),
    state === 'cached' ? '' : because.join(', ') || 'it never ran before',
  ]);
  return `${table([['STATE', 'STEP', 'BECAUSE'], ...rows], style)}\n`;
}

/** What a second build made differently, file by file. */
function verifiedRows({ differing }: BuildResult, view: BuildView): string[] {
  if (!differing) return [];
  if (differing.length === 0) return [row('verified', 'a second build gave the same bytes', view)];
  return differing.flatMap(({ platform, what, differences, more }) => [
    row('differs', `${view.style.yellow(safe(what))} (${platform})`, view),
    ...differences.map((one) =>
      row('', safe(`${one.path}: ${one.what}${one.cause === undefined ? '' : `; ${one.cause}`}`), view),
    ),
    ...(more > 0 ? [row('', `and ${more} more`, view)] : []),
  ]);
}

function renderImage(image: BuiltImage, view: BuildView): string {
  const [first = image.program, ...more] = image.references.map(familiar);
  const rows = [
    view.style.bold(first),
    ...more.map((name) => row('also', name, view)),
    row('digest', image.descriptor.digest, view),
    ...(image.platforms.length === 1
      ? image.platforms.flatMap((one) => platformRows(one, view))
      : platformsRows(image, view)),
    ...image.pushed.map((name, index) => row(index === 0 ? 'pushed' : '', familiar(name), view)),
    ...image.notes.map((note) => row('note', view.style.yellow(safe(note)), view)),
  ];
  return rows.join('\n');
}

function platformRows(platform: BuiltPlatform, view: BuildView): string[] {
  const layers = platform.layers.map(
    (layer) => `${layer.what} ${bytes(layer.size)}${layer.reused ? ' (reused)' : ''}`,
  );
  return [
    row('runs on', platform.platform, view),
    ...baseRows(platform, view),
    row('size', sizeOf(platform, view), view),
    row('layers', safe(layers.join(', ')), view),
    ...goOf(platform).map((go) => row('go', go, view)),
  ];
}

/** Several platforms: a line for each, and once what they have in common. */
function platformsRows({ platforms }: BuiltImage, view: BuildView): string[] {
  const width = Math.max(...platforms.map(({ platform }) => platform.length));
  const distinct = (of: (platform: BuiltPlatform) => string): boolean => new Set(platforms.map(of)).size > 1;
  const bases = distinct(({ base }) => JSON.stringify(base)) ? platforms : platforms.slice(0, 1);
  return [
    ...platforms.map((platform, index) =>
      row(
        index === 0 ? 'runs on' : '',
        `${platform.platform.padEnd(width)}  ${sizeOf(platform, view)}`,
        view,
      ),
    ),
    ...bases.flatMap((platform) => baseRows(platform, view)),
    ...distinctGo(platforms).map((go) => row('go', go, view)),
  ];
}

function sizeOf(platform: BuiltPlatform, { style }: BuildView): string {
  return `${style.bold(bytes(platform.size))} compressed, ${bytes(platform.uncompressedSize)} unpacked`;
}

function goOf({ go }: BuiltPlatform): string[] {
  return go ? [`${go.version}${go.origin === 'host' ? " (this machine's)" : ''}`] : [];
}

function distinctGo(platforms: readonly BuiltPlatform[]): string[] {
  const versions = new Set(platforms.flatMap(goOf));
  return versions.size === 0 ? [] : [[...versions].join(', ')];
}

/** The base, and the reasons for it that its name does not give already. */
function baseRows({ base }: BuiltPlatform, view: BuildView): string[] {
  if (!base) return [];
  const reasons = base.reasons.filter(
    (reason) => !reason.split(': ').every((part) => base.name.includes(part)),
  );
  return [
    row('base', safe(base.name), view),
    ...(base.digest === undefined ? [] : [row('', view.style.dim(base.digest), view)]),
    ...reasons.map((reason) => row('', view.style.dim(safe(reason)), view)),
  ];
}

/** What people do next with what they have now. */
function next({ images }: BuildResult, view: BuildView): string[] {
  const [image] = images;
  if (!image || images.length > 1) return [];
  const name = familiar(image.references[0] ?? image.program);
  if (view.loaded) return [row('next', view.style.cyan(`docker run --rm ${name}`), view)];
  if (image.pushed.length > 0) return [row('next', view.style.cyan(`docker run --rm ${name}`), view)];
  const target = name.includes('/') ? name : `${name} REGISTRY/${name}`;
  return [row('next', view.style.cyan(`coracle push ${target}`), view)];
}

/** Docker Hub's names as people write them. */
function familiar(reference: string): string {
  return safe(reference.replace(/^docker\.io\/(library\/)?/, ''));
}
