import type { Finding } from '../../ship/finding.ts';
import type { ShipReport } from '../../ship/types.ts';
import { maskUrls, safe } from '../safe.ts';

/** GitHub shows ten errors and ten warnings of a step. */
const mostAnnotations = 10;

/**
 * Findings as workflow commands, which GitHub shows at the lines of a pull request.
 * @param fileOf a file's path from the root of the repository; undefined when it is not in it
 */
export function githubAnnotations(
  report: ShipReport,
  fileOf: (file: string) => string | undefined,
): string[] {
  const all = [...report.stages, ...report.undone].flatMap((stage) =>
    stage.findings.map((finding) => ({ stage: stage.name, finding })),
  );
  return (['error', 'warning', 'note'] as const).flatMap((severity) =>
    all
      .filter(({ finding }) => finding.severity === severity)
      .slice(0, mostAnnotations)
      .map(({ stage, finding }) => annotation(stage, finding, fileOf)),
  );
}

function annotation(
  stage: string,
  { severity, message, where, fix }: Finding,
  fileOf: (file: string) => string | undefined,
): string {
  const file = where === undefined ? undefined : fileOf(where.file);
  const properties = [
    ...(where === undefined || file === undefined
      ? []
      : [
          `file=${property(file)}`,
          `line=${where.line}`,
          ...(where.column === undefined ? [] : [`col=${where.column}`]),
        ]),
    `title=${property(`coracle ship: ${stage}`)}`,
  ];
  const command = severity === 'note' ? 'notice' : severity;
  const text = `${message}${fix === undefined ? '' : `\n${fix}`}`;
  return `::${command} ${properties.join(',')}::${data(text)}`;
}

/** As GitHub's own toolkit escapes them: a line end would end the command, and begin another one. */
function data(text: string): string {
  return maskUrls(safe(text)).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
