import { ToolError } from '../../core/errors.ts';
import { defineVerb, type FamilyVerb } from '../verb.ts';

const init = defineVerb({
  name: 'init',
  summary: "Write a project's pipeline for GitHub Actions or GitLab CI",
  description: `Writes .github/workflows/coracle.yml or .gitlab-ci.yml, after what coracle.yaml says: pull requests are tested, built and held against the budget, without any secret; the main branch is shipped to staging, tags v* to production, one at a time. Where there is one environment, tags are shipped to it. The file works as it stands, once the secrets that this command names are set. docs/ci.md explains it line by line.`,
  args: [{ name: 'SERVER', help: 'For which server.', choices: ['github', 'gitlab'] }],
  flags: [
    {
      name: 'branch',
      type: 'string',
      value: 'NAME',
      default: 'main',
      help: 'The branch that is deployed from.',
    },
    {
      name: 'config',
      type: 'string',
      value: 'FILE',
      default: 'coracle.yaml here',
      help: 'Read this file; the project is the directory that it lies in.',
      completes: 'file',
    },
    { name: 'force', type: 'boolean', help: 'Write over a file that is there.' },
  ],
  examples: [
    { command: 'coracle ci init github', what: 'A workflow of GitHub Actions.' },
    { command: 'coracle ci init --branch trunk gitlab', what: 'A pipeline of GitLab.' },
  ],
  async run(ctx, input, out) {
    const [server] = input.args;
    if (server !== 'github' && server !== 'gitlab')
      throw new ToolError('USAGE', `there are no pipelines for ${JSON.stringify(server)}`, {
        hint: 'coracle ci init github, or coracle ci init gitlab',
      });
    const { ciInit } = await import('../../ci/init.ts');
    const file = input.value('config');
    const written = await ciInit(ctx, server, {
      ...(file === undefined ? {} : { file }),
      branch: input.value('branch') ?? 'main',
      force: input.flag('force') ?? false,
    });
    if (out.json) await out.document({ schema: 'coracle.ci-init/v1', file: written.file, ...written.facts });
    else if (out.quiet) await out.print(written.file);
    else {
      const { renderCiInit } = await import('../../render/ship/ci-init.ts');
      await out.print(renderCiInit(server, written, { style: out.style, columns: out.columns }, ctx.cwd));
    }
    return 0;
  },
});

export const ci: FamilyVerb = {
  name: 'ci',
  summary: 'Write pipelines for GitHub Actions and GitLab CI',
  description: 'Pipelines that check pull requests and ship the main branch and tags, by coracle ship.',
  args: [],
  flags: [],
  examples: [],
  verbs: [init],
};
