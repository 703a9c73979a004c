import { accessOf } from '../access.ts';
import { platformFlag, registryFlags } from '../flags.ts';
import { defineVerb } from '../verb.ts';

export const inspect = defineVerb({
  name: 'inspect',
  summary: 'Show manifest, config and layers of an image',
  description:
    'Shows what an image says about itself, wherever it is: a name in the store or at a registry, oci:PATH, docker-archive:PATH. Only the manifest and the config are read.',
  args: [
    {
      name: 'SOURCE',
      help: 'A name, the beginning of a digest, oci:PATH[:TAG] or docker-archive:PATH[:REF].',
      completes: 'image',
    },
  ],
  flags: [
    platformFlag,
    { name: 'raw', type: 'boolean', help: 'Print the exact bytes of the manifest or index.' },
    { name: 'config', type: 'boolean', help: 'Print the exact bytes of the config.' },
    ...registryFlags,
  ],
  examples: [
    { command: 'coracle inspect gin-api', what: 'An image of the store.' },
    { command: 'coracle inspect --raw alpine:3.22', what: 'The index at the registry, as it is.' },
    {
      command: 'coracle inspect --platform linux/arm64 --config alpine:3.22',
      what: "One platform's config.",
    },
  ],
  async run(ctx, input, out) {
    const { inspectImage, rawConfig, rawManifest } = await import('../../images/inspect.ts');
    const platform = input.value('platform');
    const request = {
      source: input.args[0] ?? '',
      ...(platform === undefined ? {} : { platform }),
      access: accessOf(input, ctx.cwd),
    };
    if (input.flag('raw')) await out.bytes(await rawManifest(ctx, request));
    else if (input.flag('config')) await out.bytes(await rawConfig(ctx, request));
    else {
      const inspected = await inspectImage(ctx, request);
      if (out.json) await out.document({ schema: 'coracle.inspect/v1', ...inspected });
      else {
        const { renderInspected } = await import('../../render/inspect.ts');
        await out.print(
          out.quiet ? inspected.descriptor.digest : renderInspected(inspected, out.style, out.columns),
        );
      }
    }
    return 0;
  },
});
