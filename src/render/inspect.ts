import type { InspectedImage, InspectedIndex } from '../images/inspect.ts';
import { row } from './rows.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';
import { bytes } from './units.ts';
import { cut } from './width.ts';

/** An image or index for people. */
export function renderInspected(
  inspected: InspectedImage | InspectedIndex,
  style: Style,
  columns: number,
): string {
  const view = { style, columns };
  const head = [
    style.bold(safe(inspected.source)),
    row('digest', inspected.descriptor.digest, view),
    row('type', inspected.descriptor.mediaType, view),
  ];
  const notes = Object.entries(inspected.annotations).map(([key, value], index) =>
    row(index === 0 ? 'notes' : '', `${safe(key)}=${safe(value)}`, view),
  );
  if (inspected.kind === 'image') return [...head, ...imageRows(inspected, view), ...notes].join('\n');
  const parts = inspected.manifests.map(({ platform, descriptor }, index) =>
    row(index === 0 ? 'images' : '', `${safe(platform).padEnd(16)} ${style.dim(descriptor.digest)}`, view),
  );
  return [...head, ...parts, ...notes].join('\n');
}

type View = Parameters<typeof row>[2];

function imageRows(image: InspectedImage, view: View): string[] {
  const { style } = view;
  const settings = image.config.config ?? {};
  const list = (values: readonly string[] | undefined): string | undefined =>
    values && values.length > 0 ? safe(values.map(quoted).join(' ')) : undefined;
  const facts: [string, string | undefined][] = [
    ['runs on', image.platform],
    ['created', image.config.created],
    ['user', settings.User],
    ['entry', list(settings.Entrypoint)],
    ['cmd', list(settings.Cmd)],
    ['workdir', settings.WorkingDir],
    ['ports', list(Object.keys(settings.ExposedPorts ?? {}))],
    ['volumes', list(Object.keys(settings.Volumes ?? {}))],
    ['stop', settings.StopSignal],
    ['health', list(settings.Healthcheck?.Test)],
  ];
  return [
    ...facts.flatMap(([name, value]) => (value ? [row(name, safe(value), view)] : [])),
    ...(settings.Env ?? []).map((pair, index) => row(index === 0 ? 'env' : '', safe(pair), view)),
    ...Object.entries(settings.Labels ?? {}).map(([key, value], index) =>
      row(index === 0 ? 'labels' : '', `${safe(key)}=${safe(value)}`, view),
    ),
    row(
      'size',
      `${style.bold(bytes(image.size))} in ${image.layers.length} layer${image.layers.length === 1 ? '' : 's'}`,
      view,
    ),
    ...image.layers.map((layer, index) => {
      const made =
        layer.createdBy === undefined ? '' : `  ${cut(safe(layer.createdBy).replaceAll('\n', ' '), 44)}`;
      return row(
        index === 0 ? 'layers' : '',
        `${layer.digest.slice(7, 19)} ${bytes(layer.size).padStart(9)}${style.dim(made)}`,
        view,
      );
    }),
  ];
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word);
}
