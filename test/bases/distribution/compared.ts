import { contentOf } from '../../../src/base/tree.ts';
import type { BaseImage } from '../../../src/bases/types.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { mergeLayers } from '../../../src/layer/merge.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';
import { openTarget, platformImage } from '../../../src/oci/view.ts';
import { openStore } from '../../../src/store/store.ts';
import type { TestCtx } from '../../support/ctx.ts';

/** What mmdebstrap makes for the machine that it runs on, or leaves behind. */
export const notOurs: readonly RegExp[] = [
  /^dev\//,
  /^etc\/(?:fstab|hostname|resolv\.conf|\.pwd\.lock)$/,
  /^etc\/(?:passwd|group|shadow|gshadow)-$/,
  /^etc\/apt\/sources\.list\.d\//,
  /^var\/lib\/dpkg\/(?:lock|lock-frontend|[a-z]+-old|triggers\/Lock)$/,
  /^var\/cache\/debconf\/[a-z]+\.dat-old$/,
  // apt makes these when it is used, and notes what came along by itself.
  /^var\/(?:cache\/apt\/archives|lib\/apt\/lists)\/(?:lock|partial)$/,
  /^var\/lib\/apt\/extended_states$/,
];

/** The same but for the day, and for the order in which shells were told of: all packages are unpacked before the first is set up. */
export const sameButFor = ['etc/shadow', 'etc/shells'];

/** Everything in an image, as a container sees it; contents are read. */
export async function entriesOf(ctx: TestCtx, { descriptor }: BaseImage): Promise<Entry[]> {
  const store = await openStore(ctx);
  const image = await platformImage(await openTarget(store.blobs, descriptor), hostPlatform());
  const entries: Entry[] = [];
  for await (const { content, ...entry } of mergeLayers(await image.layers())) {
    const parts: Uint8Array[] = [];
    if (content) for await (const part of content()) parts.push(Buffer.from(part));
    const bytes = Buffer.concat(parts);
    entries.push({
      ...entry,
      ...(content && {
        content: async function* whole() {
          yield bytes;
        },
      }),
    });
  }
  return entries;
}

export async function textAt(tree: ReadonlyMap<string, Entry>, path: string): Promise<string> {
  const entry = tree.get(path);
  return (entry && (await contentOf(entry, 1_000_000))?.toString('utf8')) ?? '';
}
