import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { onPath } from '../../core/on-path.ts';
import { withTempDir } from '../../core/temp.ts';
import { hostPlatform } from '../../oci/platform.ts';
import type { Inside, InsideOptions, Ran } from './inside.ts';

/** How results name it. */
export const resolverProbeName = 'a small C program, inside';

/** Asks the C library of the base, as programs of cgo do; Go's resolver reads the same files in its own way. */
const source = `#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
int main(int count, char **words) {
	struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found;
	char text[256];
	int wrong = count < 2 ? EAI_NONAME : getaddrinfo(words[1], NULL, &wanted, &found);
	if (wrong) {
		fprintf(stderr, "%s\\n", gai_strerror(wrong));
		return 1;
	}
	for (; found; found = found->ai_next)
		if (!getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST))
			printf("%s\\n", text);
	return 0;
}
`;

const target = '/.coracle-resolver';

/** Looks a name up through the C library of a base. */
export type Resolve = (name: string, options: InsideOptions) => Promise<Ran>;

/**
 * The probe for a base with glibc, compiled with a C compiler that is at hand.
 * @returns why there is none, when there is none
 */
export async function resolverProbe(ctx: Ctx, inside: Inside): Promise<Resolve | string> {
  const { config } = inside.image;
  if (config.architecture !== hostPlatform().architecture)
    return 'the C library was not asked, as it is of another architecture';
  const compiler = await onPath('gcc', ctx.env['PATH'] ?? '');
  const program = compiler === undefined ? undefined : await compiled(ctx);
  if (program === undefined)
    return 'the C library was not asked, as there is no C compiler here to make a program that does';
  const mounts = [{ kind: 'bind', source: program, target, readOnly: true }] as const;
  // A library that is older than this machine's may be too old for what its compiler makes.
  const trial = await inside.run([target, '127.0.0.1'], { mounts });
  if (/version `GLIBC_[\d.]+' not found/.test(trial.stderr))
    return "the C library was not asked, as it is older than this machine's";
  return async (name, options) =>
    inside.run([target, name], { ...options, mounts: [...(options.mounts ?? []), ...mounts] });
}

/** Undefined when the compiler cannot: it may lack the headers of the C library. */
async function compiled(ctx: Ctx): Promise<string | undefined> {
  const key = createHash('sha256').update(source).digest('hex').slice(0, 32);
  const file = path.join(ctx.home, 'probes', `c-${key}`);
  if (await fs.stat(file).catch(() => undefined)) return file;
  return withTempDir(ctx, async (directory) => {
    const [text, output] = [path.join(directory, 'probe.c'), path.join(directory, 'probe')];
    await fs.writeFile(text, source);
    const { code } = await ctx.exec({
      argv: ['gcc', '-O1', '-o', output, text],
      cwd: directory,
      env: ctx.env,
    });
    if (code !== 0) return undefined;
    await writeFileAtomic(file, await fs.readFile(output), { mode: 0o755 });
    return file;
  });
}
