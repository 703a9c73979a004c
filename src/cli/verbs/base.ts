import { onePlatform, baseCallOf } from '../base-request.ts';
import { baseBuildFlags, baseListFlags, baseLookFlags, baseVerifyFlags } from '../base-verb-flags.ts';
import type { Output } from '../../build/types.ts';
import type { Ctx } from '../../core/ctx.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { outputsOf } from '../outputs.ts';
import { defineVerb, type FamilyVerb } from '../verb.ts';

const name = {
  name: 'NAME',
  help: 'A base as coracle base list shows it, or an image. Default: the base of coracle.yaml.',
  optional: true,
  completes: 'image',
} as const;

const list = defineVerb({
  name: 'list',
  summary: 'List the bases that have a name',
  description:
    'Lists what can lie under a program: what each base is, when it is the right one, what it needs, and which of them are in the store.',
  args: [],
  flags: baseListFlags,
  examples: [{ command: 'coracle base list', what: 'All of them.' }],
  async run(ctx, input, out) {
    const [{ settings, project }, { listBases }] = await Promise.all([
      baseCallOf(ctx, input, baseListFlags),
      import('../../bases/list.ts'),
    ]);
    const all = await listBases(ctx, settings, project);
    if (out.json) await out.document({ schema: 'coracle.base-list/v1', ...all });
    else if (out.quiet) await out.print(all.bases.map((base) => base.name).join('\n'));
    else {
      const { renderBases } = await import('../../render/base/list.ts');
      await out.print(renderBases(all, ctx.now().getTime(), out));
    }
    return 0;
  },
});

const build = defineVerb({
  name: 'build',
  summary: 'Make a base as an image',
  description: `Makes a base and puts it into the store as an image, and wherever --push, --load and -o say. The same packages give the same bytes.

NAME is one of coracle base list, or the reference of an image, which --slim and --omit make smaller. A base with a shell must pass its tests before it gets its name; see coracle base verify.`,
  args: [name],
  flags: baseBuildFlags,
  examples: [
    { command: 'coracle base build glibc', what: 'The C library and what programs count on.' },
    {
      command: 'coracle base build debian --packages libpq5,curl -t registry.example.com/team/base:1 --push',
      what: 'Packages of your own choice, in a registry.',
    },
    {
      command:
        'coracle base build --slim --omit "/usr/share/perl*/**" docker.io/library/debian:stable -o type=oci,dest=slim.tar',
      what: 'An image without its documents, locales, caches and logs.',
    },
  ],
  async run(ctx, input, out) {
    const [call, { buildBase }, { isSystem }, { exportBase, refuseNamelessPush }] = await Promise.all([
      baseCallOf(ctx, input),
      import('../../bases/build-base.ts'),
      import('../../bases/make.ts'),
      import('../../build/export/base.ts'),
    ]);
    const push: Output[] = input.flag('push') ? [{ type: 'registry' }] : [];
    const outputs = [...(await outputsOf(input, ctx.cwd)), ...push];
    const tags = input.values('tag');
    refuseNamelessPush(outputs, tags);
    if (isSystem(call.settings)) await enterIfNeeded(ctx);
    if (outputs.some((output) => output.dest === '-')) out.yieldStdout();
    const platforms = call.platforms.length > 0 ? call.platforms : [hostPlatform()];
    const built = await buildBase(ctx, { ...call, platforms, tags });
    await exportBase(ctx, built, outputs, call.registries);
    const { builtBaseDocument } = await import('../../render/base/documents.ts');
    if (out.json) await out.document(builtBaseDocument(built));
    else if (out.quiet) await out.print(built.descriptor.digest);
    else {
      const { renderBuiltBase } = await import('../../render/base/build.ts');
      await out.print(renderBuiltBase(built, out));
    }
    return 0;
  },
});

const show = defineVerb({
  name: 'show',
  summary: 'Show what is in a base',
  description:
    'Shows the packages of a base with their versions, files and bytes, what was made in place of which script, what was left out, files that change the user, shells and users. A base that is not in the store is made first; an image is looked at as it is.',
  args: [name],
  flags: baseLookFlags,
  examples: [
    { command: 'coracle base show cc', what: 'What the base for C++ has.' },
    { command: 'coracle base show docker.io/library/debian:stable-slim', what: 'An image of somebody else.' },
  ],
  async run(ctx, input, out) {
    const [call, { showBase }, { isSystem }] = await Promise.all([
      baseCallOf(ctx, input),
      import('../../bases/show.ts'),
      import('../../bases/make.ts'),
    ]);
    if (isSystem(call.settings)) await enterIfNeeded(ctx);
    const shown = await showBase(ctx, call.settings, { ...call, platform: onePlatform(input) });
    if (out.json) await out.document({ schema: 'coracle.base-show/v1', ...shown });
    else if (out.quiet)
      await out.print(shown.packages.map((item) => `${item.name} ${item.version}`).join('\n'));
    else {
      const { renderShownBase } = await import('../../render/base/show.ts');
      await out.print(renderShownBase(shown, out));
    }
    return 0;
  },
});

const verify = defineVerb({
  name: 'verify',
  summary: 'Try whether a base works',
  description: `Runs tests inside a base, in the sandbox: names are resolved, TLS by its authorities, its lists of packages, its shell, time zones, users, /tmp, and your own commands. Each passes, fails, or does not apply, with the reason. Programs of the base do it where it has some; otherwise a small Go program, where there is a Go. Ends with 1 when a test failed.

A base with a shell is used by builds only when it has passed; that is remembered by digest.`,
  args: [name],
  flags: baseVerifyFlags,
  examples: [
    { command: 'coracle base verify glibc', what: 'One of our own.' },
    {
      command: `coracle base verify registry.example.com/team/base:1 --run 'psql --version'`,
      what: 'An image, with a test of your own.',
    },
  ],
  async run(ctx, input, out) {
    const [call, { verifyBase }, { commandWords }] = await Promise.all([
      baseCallOf(ctx, input),
      import('../../bases/verify-base.ts'),
      import('../../config/words.ts'),
    ]);
    const platform = onePlatform(input);
    const own = input.values('run').map((line) => ({ line, argv: commandWords(line, { name: '--run' }) }));
    await enterIfNeeded(ctx);
    const sandbox = sandboxNamed(input.value('sandbox'));
    const result = await verifyBase(ctx, call.settings, { ...call, platform, own, sandbox });
    if (out.json) await out.document({ schema: 'coracle.base-verify/v1', ...result });
    else if (out.quiet) await out.print(result.passed ? 'passed' : 'failed');
    else {
      const { renderVerification } = await import('../../render/base/verify.ts');
      await out.print(renderVerification(result, out));
    }
    return result.passed ? 0 : 1;
  },
});

async function enterIfNeeded(ctx: Ctx): Promise<void> {
  await (await import('../user-namespace.ts')).enterIfNeeded(ctx);
}

function sandboxNamed(said: string | undefined): 'auto' | 'builtin' | 'runc' | 'chroot' {
  return said === 'builtin' || said === 'runc' || said === 'chroot' ? said : 'auto';
}

export const base: FamilyVerb = {
  name: 'base',
  summary: 'List, make, show and verify bases',
  description:
    'What lies under a program: bases that Coracle makes itself, and images by reference. See docs/bases.md.',
  args: [],
  flags: [],
  examples: [],
  verbs: [list, build, show, verify],
};
