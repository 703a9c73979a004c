import { ToolError } from '../core/errors.ts';
import type { SlotName } from './types.ts';

export const slotNames: readonly SlotName[] = ['a', 'b'];

/** Where a slot points to when it is empty: HAProxy wants a port, and this one (tcpmux) is never given to a container. */
export const emptyPort = 1;

/** Of a slot that serves alone. */
export const fullWeight = 100;

/** Backends of our own have a dot in their name, which no service has. */
export const noService = 'coracle.none';
export const challenges = 'coracle.acme';

const serviceName = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * A name that can stand in a configuration and in a command as it is.
 * @throws ToolError USAGE
 */
export function checkService(name: string): string {
  if (serviceName.test(name)) return name;
  throw new ToolError('USAGE', `${JSON.stringify(name)} is no name of a service`, {
    hint: 'A name begins with a letter and has lower-case letters, digits and "-", at most 40.',
  });
}
