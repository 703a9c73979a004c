import path from 'node:path';
import type { LoadedEnvironment } from '../../config/environment.ts';
import { deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';

const [configFlag] = deployFlags;

export const config = defineVerb({
  name: 'config',
  summary: 'Show the final configuration, and where each value comes from',
  description: `Checks coracle.yaml as a build and a deploy would, and prints what it comes to for one environment: a coracle.yaml without environments, with the defaults of \`deploy:\` filled in. Secrets are shown as where they are; nothing of them is read, and no host is asked.

--explain prints each value with the line that it came from: of the file, of the environment, a default, or what it follows from.`,
  args: [environmentArg],
  flags: [
    { name: 'explain', type: 'boolean', help: 'Each final value, and the line that it came from.' },
    configFlag,
  ],
  examples: [
    { command: 'coracle config production', what: 'What is deployed to production.' },
    { command: 'coracle config production --explain', what: 'Why it is that.' },
  ],
  async run(ctx, input, out) {
    const [{ loadEnvironment }, { explainSettings }] = await Promise.all([
      import('../../config/environment.ts'),
      import('../../deploy/settings/explain.ts'),
    ]);
    const [environment] = input.args;
    const file = input.value('config');
    const loaded = await loadEnvironment(ctx, '.', {
      ...(file !== undefined && { file }),
      ...(environment !== undefined && { environment }),
    });
    const explained = explainSettings(loaded, await goVersionOf(loaded));
    const { configDocument, renderExplained, renderFinal } = await import('../../render/config/config.ts');
    if (out.json) await out.document(configDocument(explained));
    else if (!out.quiet)
      await out.print(input.flag('explain') ? renderExplained(explained, out.style) : renderFinal(explained));
    return 0;
  },
});

/** The Go that builds it, where that is written down: nothing is looked up for it. */
async function goVersionOf({ config: said, directory }: LoadedEnvironment): Promise<string | undefined> {
  if (said.go?.version !== undefined) return said.go.version;
  const { readLock } = await import('../../config/lock.ts');
  return (await readLock(path.join(directory, 'coracle.lock')))?.go?.version;
}
