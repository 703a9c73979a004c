import type { BuildResult, BuiltImage, BuiltPlatform } from '../build/types.ts';
import { row } from './rows.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';
import { bytes, duration } from './units.ts';

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
  const what = result.unchanged ? 'nothing changed' : 'built';
  const count = result.images.length === 1 ? '' : `${result.images.length} images `;
  const times = view.debug ? Object.entries(result.times).map(([name, ms]) => `${name} ${duration(ms)}`) : [];
  const last = [
    row('time', `${count}${what} in ${duration(view.took)}`, view),
    ...(times.length > 0 ? [row('', view.style.dim(times.join(', ')), view)] : []),
    ...next(result, view),
  ];
  return `${[...blocks, last.join('\n')].join('\n')}\n`;
}

function renderImage(image: BuiltImage, view: BuildView): string {
  const { style } = view;
  const [first = image.program, ...more] = image.references.map(familiar);
  const one = image.platforms.length === 1 ? image.platforms[0] : undefined;
  const rows = [
    style.bold(safe(first)),
    ...more.map((name) => row('also', name, view)),
    row('digest', image.descriptor.digest, view),
    ...(one
      ? [row('platform', one.platform, view), ...platformRows(one, view)]
      : image.platforms.flatMap((each) => nested(each, view))),
    ...image.pushed.map((name, index) => row(index === 0 ? 'pushed' : '', familiar(name), view)),
    ...image.notes.map((note) => row('note', style.yellow(note), view)),
  ];
  return rows.join('\n');
}

function nested(platform: BuiltPlatform, view: BuildView): string[] {
  return [
    row(
      'platform',
      `${view.style.bold(platform.platform)}  ${view.style.dim(platform.descriptor.digest)}`,
      view,
    ),
    ...platformRows(platform, view),
  ];
}

function platformRows(platform: BuiltPlatform, view: BuildView): string[] {
  const { base, go } = platform;
  const layers = platform.layers.map(
    (layer) => `${layer.what} ${bytes(layer.size)}${layer.reused ? ' (reused)' : ''}`,
  );
  return [
    row('base', base.name + (base.digest === undefined ? '' : ` ${view.style.dim(base.digest)}`), view),
    ...base.reasons.map((reason) => row('', view.style.dim(reason), view)),
    row(
      'size',
      `${view.style.bold(bytes(platform.size))} compressed, ${bytes(platform.uncompressedSize)} unpacked`,
      view,
    ),
    row('layers', layers.join(', '), view),
    row('go', `${go.version}${go.origin === 'host' ? " (this machine's)" : ''}`, view),
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
