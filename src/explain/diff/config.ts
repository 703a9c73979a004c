import type { ImageConfig } from '../../oci/types.ts';
import type { ConfigChange } from './types.ts';
import { pairUp } from './pairs.ts';

/** What differs between the settings of two images: each variable, port and label by itself. */
export function compareConfigs(before: ImageConfig, after: ImageConfig): ConfigChange[] {
  return pairUp(flat(before), flat(after), ([key]) => key).flatMap(({ before: old, after: now }) =>
    old?.[1] === now?.[1]
      ? []
      : [
          {
            key: now?.[0] ?? old?.[0] ?? '',
            ...(old ? { before: old[1] } : {}),
            ...(now ? { after: now[1] } : {}),
          },
        ],
  );
}

/** Settings as pairs of a name and text. History and diffIDs are the layers' business, the time of making differs always. */
function flat(config: ImageConfig): [string, string][] {
  const pairs: [string, string][] = [
    ['os', config.os],
    ['architecture', config.architecture],
    ...(config.variant === undefined ? [] : [['variant', config.variant] satisfies [string, string]]),
  ];
  for (const [key, value] of Object.entries<unknown>({ ...config.config })) {
    if (value === undefined || value === null || value === '') continue;
    if (key === 'Env' && Array.isArray(value)) pairs.push(...value.map((item) => variable(String(item))));
    else if (typeof value !== 'object' || Array.isArray(value)) pairs.push([key, textOf(value)]);
    else {
      const inner = Object.entries<unknown>({ ...value });
      pairs.push(...inner.map(([name, each]): [string, string] => [`${key} ${name}`, textOf(each)]));
    }
  }
  return pairs;
}

function variable(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [`Env ${text}`, ''] : [`Env ${text.slice(0, equals)}`, text.slice(equals + 1)];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value) === '{}' ? 'yes' : JSON.stringify(value);
}
