import { defineVerb } from '../verb.ts';

export const images = defineVerb({
  name: 'images',
  summary: 'List the images in the store',
  description:
    'Lists the names in the store and what they stand for. The size is that of the compressed layers. --quiet prints digests only.',
  args: [],
  flags: [],
  examples: [{ command: 'coracle images', what: 'All of them.' }],
  async run(ctx, _input, out) {
    const { listImages } = await import('../../images/list.ts');
    const all = await listImages(ctx);
    if (out.json) await out.document({ schema: 'coracle.images/v1', images: all });
    else if (out.quiet) await out.print([...new Set(all.map((image) => image.descriptor.digest))].join('\n'));
    else {
      const { renderImages } = await import('../../render/images.ts');
      await out.print(renderImages(all, ctx.now().getTime(), out.style));
    }
    return 0;
  },
});
