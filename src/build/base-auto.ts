import { decideBase } from '../bases/decide.ts';
import { libraryNeeds, packagesFor } from '../bases/exact.ts';
import { factsOf } from '../bases/facts.ts';
import { lockKey } from '../bases/lock-key.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import type { Base, BaseMaking, Compiled } from './bases.ts';
import { exactlyBase, listedBase } from './base-packages.ts';

/**
 * The base that `auto` picks for a program with a loader: exact libraries where the program says all that it needs, else a C library in
 * whole, with the packages of what else it asks for.
 * @throws ToolError BASE_CANNOT_RUN, CONFIG_INVALID when no mirror of Debian is known
 */
export async function autoBase(making: BaseMaking, compiled: Compiled): Promise<Base> {
  const { binary } = compiled;
  const { name, reasons } = decideBase(factsOf(binary, making.request.image.env));
  const settings = { ...making.request.base, name: name === 'debian' ? 'distalpine' : name };
  try {
    const base =
      settings.name === 'distalpine'
        ? await exactlyBase(making, compiled, settings)
        : await wholeBase(making, compiled, settings);
    return { ...base, reasons: [`auto took ${settings.name}: ${reasons.join('; ')}`, ...base.reasons] };
  } catch (error) {
    throw withoutMirror(error, binary.needed, making);
  }
}

async function wholeBase(
  making: BaseMaking,
  compiled: Compiled,
  settings: BaseMaking['request']['base'],
): Promise<Base> {
  const { ctx, lock, extraCa } = making;
  const { binary, platform } = compiled;
  const key = lockKey(settings, platform, { extraCa: extraCa.length > 0, needs: libraryNeeds(binary) });
  const locked = lock.get(key) ?? (await packagesFor(ctx, settings, binary, { platform, extraCa }));
  return listedBase(making, compiled, settings, { key, locked });
}

/** Who asked for nothing in particular is told of the ways without packages, too. */
function withoutMirror(error: unknown, needed: readonly string[], { request }: BaseMaking): unknown {
  if (!isToolError(error, 'CONFIG_INVALID') || request.base.debian.mirror !== undefined) return error;
  const asks = needed.length === 0 ? 'a loader' : needed.join(', ');
  return new ToolError(
    error.code,
    `the program asks for ${asks}, which --base auto takes from Debian's packages: ${error.message}`,
    {
      hint: `${error.hint ?? ''} Or take an image that has them (--base debian:stable-slim), or build without C (--cgo off).`.trim(),
      cause: error,
    },
  );
}
