import type { Ctx } from '../../core/ctx.ts';
import { hostPlatform } from '../../oci/platform.ts';
import type { ContainerConfig } from '../../oci/types.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import { openStore } from '../../store/store.ts';
import type { MeasuredImage } from './types.ts';

/** A page that a health check asks for. */
interface Page {
  readonly port: number;
  readonly path: string;
}

/** What images say of the ports of their program. */
export interface ImageHints {
  readonly exposed: readonly number[];
  readonly page?: Page;
}

/** What images say of themselves, taken together; the first health check counts. */
export async function hintsOf(ctx: Ctx, images: readonly MeasuredImage[]): Promise<ImageHints> {
  const { blobs } = await openStore(ctx);
  const exposed = new Set<number>();
  const pages: Page[] = [];
  for (const { descriptor } of images) {
    const image = await platformImage(await openTarget(blobs, descriptor), hostPlatform());
    const { config = {} } = await image.config();
    for (const port of Object.keys(config.ExposedPorts ?? {})) {
      const [number, protocol = 'tcp'] = port.split('/');
      if (protocol === 'tcp' && /^\d+$/.test(number ?? '')) exposed.add(Number(number));
    }
    pages.push(...pageOf(config));
  }
  const [page] = pages;
  return { exposed: [...exposed], ...(page && { page }) };
}

/** The address that a health check asks for on the program's own machine. */
function pageOf({ Healthcheck }: ContainerConfig): Page[] {
  const text = (Healthcheck?.Test ?? []).join(' ');
  const found =
    /\bhttp:\/\/(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])(?::(\d+))?(\/[^\s"'|&;)]*)?/.exec(text);
  return found ? [{ port: Number(found[1] ?? 80), path: found[2] ?? '/' }] : [];
}
