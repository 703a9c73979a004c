import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb, type FamilyVerb } from '../verb.ts';

const [configFlag] = deployFlags;

const outputFlag = {
  name: 'output',
  short: 'o',
  type: 'string',
  value: 'FILE',
  default: 'standard output',
  help: 'Write it there; a file that is there already is not touched.',
  completes: 'file',
} as const;

const importVerb = defineVerb({
  name: 'import',
  summary: 'Make a coracle.yaml of a compose file',
  description: `Turns a compose file (the Compose specification, and versions 2 and 3 before it) into a coracle.yaml: the service that is built, or that --service names, becomes yours; others of images become accessories; what runs to its end before it becomes a job. Variables of the environment become secrets, read when you deploy.

What does not translate is listed by its line on standard error, with what is left to do, such as images to be pinned by their digests.`,
  args: [
    {
      name: 'FILE',
      help: 'The compose file. Default: compose.yaml, compose.yml, docker-compose.yaml or docker-compose.yml here.',
      optional: true,
      completes: 'file',
    },
  ],
  flags: [
    {
      name: 'service',
      type: 'string',
      value: 'NAME',
      default: 'the one that is built',
      help: 'The service that is yours.',
    },
    outputFlag,
  ],
  examples: [
    { command: 'coracle compose import docker-compose.yml', what: 'See what it would be.' },
    { command: 'coracle compose import --service web -o coracle.yaml', what: 'Write it.' },
  ],
  async run(ctx, input, out) {
    const { importComposeFile } = await import('../../compose/files.ts');
    const imported = await importComposeFile(ctx, input.args[0], input.value('service'));
    const { importedYaml, renderNotes } = await import('../../render/config/compose.ts');
    const yaml = importedYaml(imported);
    const written = await writeNew(ctx, input.value('output'), yaml);
    if (out.json) {
      await out.document({
        schema: 'coracle.compose-import/v1',
        ...imported,
        ...(written !== undefined && { written }),
      });
      return 0;
    }
    if (written === undefined) await out.print(yaml);
    const notes = renderNotes(imported.notes, imported.pins, imported.file, out.style);
    if (!out.quiet && notes !== '') await out.remark(`${notes}\n`);
    return 0;
  },
});

const exportVerb = defineVerb({
  name: 'export',
  summary: 'Make a compose file of an environment',
  description: `Prints a compose file that runs the same containers on one machine: the service, its accessories and the jobs before it. What compose has no words for (hosts, the proxy, health checks from outside, strategies) is listed on standard error, and kept in the file below x-coracle, where compose passes over it and import finds it again. Secrets are variables of whoever runs compose; no value is written.`,
  args: [environmentArg],
  flags: [outputFlag, configFlag],
  examples: [{ command: 'coracle compose export production -o compose.yaml', what: 'Write it.' }],
  async run(ctx, input, out) {
    const [{ loadEnvironment }, { deploySettings }, { exportCompose }] = await Promise.all([
      import('../../config/environment.ts'),
      import('../../deploy/settings.ts'),
      import('../../compose/export/export.ts'),
    ]);
    const [environment] = input.args;
    const file = input.value('config');
    const loaded = await loadEnvironment(ctx, '.', {
      ...(file !== undefined && { file }),
      ...(environment !== undefined && { environment }),
    });
    const exported = exportCompose(loaded, deploySettings(loaded));
    const { exportedYaml, renderNotes } = await import('../../render/config/compose.ts');
    const yaml = exportedYaml(exported);
    const written = await writeNew(ctx, input.value('output'), yaml);
    if (out.json) {
      await out.document({
        schema: 'coracle.compose-export/v1',
        ...exported,
        ...(written !== undefined && { written }),
      });
      return 0;
    }
    if (written === undefined) await out.print(yaml);
    const notes = renderNotes(exported.notes, [], undefined, out.style);
    if (!out.quiet && notes !== '') await out.remark(`${notes}\n`);
    return 0;
  },
});

/** Writes a file that is not there yet. @throws ToolError FILE_UNWRITABLE */
async function writeNew(ctx: Ctx, file: string | undefined, text: string): Promise<string | undefined> {
  if (file === undefined || file === '-') return undefined;
  const { readFileIfThere, writeFileAtomic } = await import('../../core/files.ts');
  const place = path.resolve(ctx.cwd, file);
  if (await readFileIfThere(place)) {
    throw new ToolError('FILE_UNWRITABLE', `${file} is there already`, {
      hint: 'Remove it, or choose another name with -o.',
    });
  }
  await writeFileAtomic(place, text);
  return file;
}

export const compose: FamilyVerb = {
  name: 'compose',
  summary: 'Turn compose files into coracle.yaml, and back',
  description: 'Compose files in and out, with what does not translate.',
  args: [],
  flags: [],
  examples: [],
  verbs: [importVerb, exportVerb],
};
