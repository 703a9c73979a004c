import { expect } from 'vitest';

/** For toMatchObject: a text with this part. */
export const containing = (part: string): unknown => expect.stringContaining(part);
/** For toMatchObject: an object with these keys. */
export const having = (part: Readonly<Record<string, unknown>>): unknown => expect.objectContaining(part);
