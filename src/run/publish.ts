import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { parsePublish } from './ports.ts';
import { openProxy, type Proxy } from './proxy.ts';
import type { ProcessRequest } from './types.ts';

/**
 * Makes a program's ports reachable as `-p` says. It shares this machine's network, so a port is there by itself; only one that is to have
 * another number needs a proxy.
 * @throws ToolError USAGE, PORT_UNAVAILABLE
 */
export async function publish(ctx: Ctx, { ports, network }: ProcessRequest): Promise<Proxy> {
  const wanted = ports.flatMap(parsePublish);
  if (wanted.length > 0 && network === 'none') {
    throw new ToolError('USAGE', '-p publishes ports, and --network none leaves the program without any', {
      hint: 'Leave one of them out.',
    });
  }
  const open: Proxy[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map(async (proxy) => proxy.close()));
  };
  try {
    for (const each of wanted) {
      if (each.host !== each.container) open.push(await openProxy(each));
      else if (each.address !== undefined && each.address !== '0.0.0.0') {
        ctx.emit({
          kind: 'warning',
          message: `the program shares this machine's network: on which addresses port ${each.container} answers is its own choice, not only ${each.address}`,
          hint: `Another port number on this machine is held to its address: -p ${each.address}:${each.host + 1}:${each.container}`,
        });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
