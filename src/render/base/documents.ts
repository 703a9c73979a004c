import type { BuiltBase } from '../../bases/build-base.ts';

/** What --json prints of a base that was made. */
export function builtBaseDocument({
  name,
  references,
  descriptor,
  platforms,
  took,
}: BuiltBase): { readonly schema: string } & Readonly<Record<string, unknown>> {
  return {
    schema: 'coracle.base-build/v1',
    ...{ name, references, descriptor, took },
    platforms: platforms.map(({ base, size, platform }) => ({
      platform: [
        platform.os,
        platform.architecture,
        ...(platform.variant === undefined ? [] : [platform.variant]),
      ].join('/'),
      ...{ reference: base.reference, descriptor: base.descriptor, size, key: base.key },
      ...(base.locked && { source: base.locked.source, packages: base.locked.packages }),
      ...{ generated: base.generated, omitted: base.omitted },
      ...(base.statement !== undefined && { statement: base.statement }),
    })),
  };
}
