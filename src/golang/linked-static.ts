/** What was asked to be static is looked at: linkers fall back in silence, and a C library may want parts of itself at run time. */
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { readBinary } from './binary/read.ts';
import { linksStatically } from './build-flags.ts';
import type { CgoMode } from './build-flags.ts';

/**
 * A program that was to be linked statically must ask for neither loader nor library.
 * @param program for people
 * @throws ToolError GO_COMPILE when it does
 */
export async function mustBeStatic(program: string, file: string, cgo: CgoMode): Promise<void> {
  if (!linksStatically(cgo)) return;
  const { interpreter, needed } = await readBinary(file);
  const asks = interpreter ?? needed[0];
  if (asks === undefined) return;
  throw new ToolError('GO_COMPILE', `${program} was to be linked statically, but asks for ${asks}`, {
    hint: 'A flag undoes -static: look at go.ldflags and go.flags (-buildmode=pie, -linkmode) and at CGO_LDFLAGS, or build with --cgo dynamic.',
  });
}

/** What the C linker warns of when glibc is linked into a program: the functions that load parts of it when they are called. */
const loads = /Using '(\w+)' in statically linked applications requires at runtime the shared libraries/g;

/**
 * Warns where a static program calls what glibc loads at run time (getaddrinfo, getpwnam and the like, dlopen): in an image without that
 * very glibc it fails. Go's own look-ups are not among them: the tags netgo and osusergo see to that.
 * @param linker what the go command said
 */
export function warnOfLoading(ctx: Ctx, program: string, linker: string): void {
  const names = [
    ...new Set([...linker.matchAll(loads)].flatMap(([, name]) => (name === undefined ? [] : [name]))),
  ];
  if (names.length === 0) return;
  ctx.emit({
    kind: 'warning',
    message: `${program} calls ${names.slice(0, 4).join(', ')}, for which glibc loads parts of itself at run time: without them it fails`,
    hint: 'Link musl, which has all in one (--cgo static-musl), or build with --cgo dynamic.',
  });
}
