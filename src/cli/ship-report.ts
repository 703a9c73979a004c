import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { fileError, writeFileAtomic } from '../core/files.ts';
import type { ShipReport } from '../ship/types.ts';
import type { Out } from './out.ts';
import { inRepository } from './ship-ci.ts';
import { reportFormats, type ReportFormat } from './ship-flags.ts';

export interface ReportFile {
  readonly format: ReportFormat;
  /** `-` is standard output. */
  readonly file: string;
}

/** Reads `--report FORMAT=FILE`. @throws ToolError USAGE */
export function reportsOf(texts: readonly string[]): ReportFile[] {
  return texts.map((text) => {
    const [, name = '', file = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
    const format = reportFormats.find((each) => each === name);
    if (format !== undefined && file !== '') return { format, file };
    throw new ToolError('USAGE', `--report: ${JSON.stringify(text)} is not FORMAT=FILE`, {
      hint: `Formats are ${reportFormats.join(', ')}: --report junit=ship.xml`,
    });
  });
}

/** Shows the report where it is wanted: standard output, files, and what GitHub reads. @throws ToolError FILE_UNWRITABLE */
export async function showReport(
  ctx: Ctx,
  report: ShipReport,
  out: Out,
  files: readonly ReportFile[],
): Promise<void> {
  if (files.some(({ file }) => file === '-')) {
    for (const { format, file } of files)
      if (file === '-') await out.print(await textOf(ctx, format, report));
  } else if (out.json) await out.document({ schema: 'coracle.ship/v1', ...report });
  else if (!out.quiet || report.verdict === 'failed') {
    const { renderShip } = await import('../render/ship/terminal.ts');
    await out.print(renderShip(report, { style: out.style, columns: out.columns }));
    await showDeploy(report, out);
  }
  for (const { format, file } of files)
    if (file !== '-') await writeFileAtomic(path.resolve(ctx.cwd, file), await textOf(ctx, format, report));
  if (ctx.env['GITHUB_ACTIONS']) await tellGithub(ctx, report, out);
}

/** Of a release that came or failed, what `coracle deploy` shows. */
async function showDeploy(report: ShipReport, out: Out): Promise<void> {
  const { deployedBy } = await import('../ship/stages/deploy.ts');
  const result = deployedBy(report.stages.find(({ name }) => name === 'deploy')?.data);
  if (!result) return;
  const { renderDeploy } = await import('../render/deploy/result.ts');
  await out.print(renderDeploy(result, { style: out.style, columns: out.columns, verb: 'deploy' }));
}

async function textOf(ctx: Ctx, format: ReportFormat, report: ShipReport): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ schema: 'coracle.ship/v1', ...report }, null, 2)}\n`;
    case 'junit':
      return (await import('../render/ship/junit.ts')).shipJunit(report);
    case 'markdown':
      return (await import('../render/ship/markdown.ts')).shipMarkdown(report);
    case 'gitlab':
    default: {
      const { gitlabCodeQuality } = await import('../render/ship/gitlab.ts');
      return gitlabCodeQuality(report, inRepository(ctx.env, ctx.cwd));
    }
  }
}

/** Annotations at the lines of the pull request, and the summary of the job. */
async function tellGithub(ctx: Ctx, report: ShipReport, out: Out): Promise<void> {
  const { githubAnnotations } = await import('../render/ship/github.ts');
  const lines = githubAnnotations(report, inRepository(ctx.env, ctx.cwd));
  if (lines.length > 0) await out.remark(lines.join('\n'));
  const summary = ctx.env['GITHUB_STEP_SUMMARY'];
  if (summary === undefined || summary === '') return;
  const { shipMarkdown } = await import('../render/ship/markdown.ts');
  // Other steps write there too.
  await fs.appendFile(summary, `${shipMarkdown(report)}\n`).catch((error: unknown) => {
    throw fileError(error, 'write', summary);
  });
}
