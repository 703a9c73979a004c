import type { ListedImage } from '../images/list.ts';
import { table } from './rows.ts';
import type { Style } from './style.ts';
import { age, bytes } from './units.ts';

/** The store's images as a table. */
export function renderImages(images: readonly ListedImage[], now: number, style: Style): string {
  const rows = images.map((image) => [
    image.repository,
    image.tag,
    image.damaged === undefined ? image.platforms.join(',') : 'damaged',
    image.damaged === undefined ? bytes(image.size) : '-',
    age(now - image.at),
    image.descriptor.digest.slice(0, 19),
  ]);
  return table([['NAME', 'TAG', 'PLATFORM', 'SIZE', 'CREATED', 'DIGEST'], ...rows], style);
}
