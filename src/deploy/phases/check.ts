/** What must be true before anything is started. */
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { DeployImage, HostFacts } from '../types.ts';

/** Bytes that must be free where a host keeps images: below it not even a small program's layers and their unpacked files fit. */
const leastFree = 100 * 1024 * 1024;
/** Milliseconds between two clocks that are worth a word. */
const skew = 5000;

/**
 * @throws ToolError HOST_UNFIT, with all reasons of all hosts. Clocks that differ are only said, as nothing depends on them but the times in journals.
 */
export function checkHosts(
  ctx: Ctx,
  hosts: readonly { readonly name: string; readonly facts: HostFacts }[],
  image: DeployImage,
): void {
  const reasons = hosts.flatMap(({ name, facts }) =>
    unfit(facts, image).map((reason) => `${name} ${reason}`),
  );
  if (reasons.length > 0) {
    throw new ToolError('HOST_UNFIT', reasons.join('; '), {
      hint: image.platforms.some((platform) =>
        hosts.every(({ facts }) => samePlatform(platform, facts.platform)),
      )
        ? "make room with coracle prune, or with the runtime's own prune"
        : `build for these hosts: --platform ${[...new Set(hosts.map(({ facts }) => facts.platform))].join(',')}`,
    });
  }
  for (const { name, facts } of hosts) {
    if (Math.abs(facts.clockAhead) < skew) continue;
    const by = Math.round(Math.abs(facts.clockAhead) / 1000);
    ctx.emit({
      kind: 'warning',
      message: `the clock of ${name} is ${by} s ${facts.clockAhead > 0 ? 'ahead' : 'behind'}; only the times in its journal and logs are off by that`,
    });
  }
}

function unfit(facts: HostFacts, image: DeployImage): string[] {
  return [
    ...(image.platforms.some((platform) => samePlatform(platform, facts.platform))
      ? []
      : [`is ${facts.platform}, and the image is for ${image.platforms.join(', ') || 'no platform'}`]),
    ...(facts.freeBytes < leastFree
      ? [
          `has ${Math.floor(facts.freeBytes / 1024 / 1024)} MB free for images; ${leastFree / 1024 / 1024} MB are needed`,
        ]
      : []),
  ];
}

/** Same system and processor; a host does not say its variant (`v8`) as images do. */
function samePlatform(a: string, b: string): boolean {
  const bare = (platform: string): string => platform.split('/').slice(0, 2).join('/');
  return bare(a) === bare(b);
}
