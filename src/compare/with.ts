/** What is compared besides: Dockerfiles and images as they were named. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { buildDockerfile } from '../build/dockerfile/build.ts';
import type { Door } from '../build/dockerfile/build.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { markBeginning } from '../golang/inputs-recorder.ts';
import { copyImage, pullImage } from '../images/copy.ts';
import type { RegistryAccess } from '../images/registries.ts';
import { resolveSource } from '../images/source.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import { labelled } from './events.ts';
import type { Method } from './method.ts';
import type { ComparedProgram } from './program.ts';
import { methodReference } from './references.ts';

const door: Door = {
  enterUserNamespace: () => Promise.resolve(),
  stdin: () => {
    throw new ToolError('USAGE', 'a Dockerfile that is compared cannot come from standard input');
  },
};

/**
 * A Dockerfile, when there is a file of that name, or a directory with one; else an image.
 * @throws ToolError NOT_FOUND for a path that is not there
 */
export async function withMethod(
  ctx: Ctx,
  program: ComparedProgram,
  access: RegistryAccess,
  name: string,
): Promise<Method> {
  const file = await dockerfileAt(path.resolve(ctx.cwd, name));
  if (file !== undefined) return dockerfileMethod(program, name, file);
  if (/^(\.{0,2}\/|\.$)|Dockerfile$/.test(name)) {
    throw new ToolError('NOT_FOUND', `--with: there is no Dockerfile ${name}`, {
      hint: 'Name a Dockerfile by its path, or an image by its reference.',
    });
  }
  return imageMethod(program, access, name);
}

async function dockerfileAt(place: string): Promise<string | undefined> {
  const stat = await fs.stat(place).catch(() => undefined);
  if (stat?.isFile()) return place;
  if (!stat?.isDirectory()) return undefined;
  const inside = path.join(place, 'Dockerfile');
  return (await fs.stat(inside).catch(() => undefined))?.isFile() === true ? inside : undefined;
}

async function dockerfileMethod(program: ComparedProgram, name: string, file: string): Promise<Method> {
  const text = await fs.readFile(file, 'utf8');
  const { args, target } = program.request.dockerfile;
  return {
    name,
    kind: 'dockerfile',
    means: `The Dockerfile ${name}, as it is.`,
    dockerfile: text,
    build: async (ctx, { directory, fresh = false }) => {
      const changed = directory === program.context ? undefined : 'changed';
      const reference = withReference(program, name, changed);
      const request = {
        ...program.request,
        what: directory,
        main: [],
        frontend: 'dockerfile',
        dockerfile: {
          ...program.request.dockerfile,
          ...{ file, args },
          ...(target !== undefined && { target }),
        },
        tags: [reference],
        platforms: [program.platform],
        outputs: [],
        push: false,
        noCache: fresh,
      } as const;
      const began = await markBeginning(ctx);
      const { result } = await buildDockerfile(labelled(ctx, name), request, { began, door });
      const [image] = result.images;
      if (!image) throw new ToolError('INTERNAL', `${name} gave no image`);
      return { reference, descriptor: image.descriptor };
    },
  };
}

/** Two files of one name are two: the whole name tells them apart. */
function withReference({ name: program }: ComparedProgram, name: string, variant?: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return methodReference(program, ['with', ...words.slice(-3), hash].join('-'), variant);
}

function imageMethod(program: ComparedProgram, access: RegistryAccess, name: string): Method {
  return {
    name,
    kind: 'image',
    means: `The image ${name}, as it is.`,
    build: async (ctx) => {
      const found = await resolveSource(ctx, name, access);
      if (found.place.kind === 'registry') {
        const from = formatReference(found.place.reference);
        await pullImage(labelled(ctx, name), { from, platform: formatPlatform(program.platform), access });
        return {
          reference: from,
          descriptor: (await resolveSource(ctx, `store:${from}`, access)).descriptor,
        };
      }
      if (found.place.kind === 'store')
        return { reference: formatReference(found.place.reference), descriptor: found.descriptor };
      // What lies in an archive, or has no name, gets one.
      const reference = withReference(program, name);
      const to = `store:${reference}`;
      const { descriptor } = await copyImage(labelled(ctx, name), {
        ...{ from: name, to, platform: formatPlatform(program.platform), access },
      });
      return { reference, descriptor };
    },
  };
}
