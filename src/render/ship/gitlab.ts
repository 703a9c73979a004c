import { createHash } from 'node:crypto';
import type { ShipReport } from '../../ship/types.ts';
import { maskUrls, safe } from '../safe.ts';

const severities = { error: 'major', warning: 'minor', note: 'info' } as const;

/**
 * Findings as GitLab's code quality report: a list of issues in the form of Code Climate, of which GitLab shows those with a place in a merge
 * request.
 * @param fileOf a file's path from the root of the repository; undefined when it is not in it
 */
export function gitlabCodeQuality(report: ShipReport, fileOf: (file: string) => string | undefined): string {
  const issues = report.stages.flatMap(({ name, findings }) =>
    findings.flatMap(({ rule, severity, message, where }) => {
      const file = where === undefined ? undefined : fileOf(where.file);
      if (where === undefined || file === undefined) return [];
      const description = `${name}: ${maskUrls(safe(message)).replaceAll(/\s+/g, ' ').trim()}`;
      return [
        {
          type: 'issue',
          description,
          check_name: rule,
          // The same finding elsewhere in the file is the same one: what moves is not new.
          fingerprint: createHash('sha256')
            .update(JSON.stringify([rule, file, description]))
            .digest('hex'),
          severity: severities[severity],
          location: { path: file, lines: { begin: where.line } },
        },
      ];
    }),
  );
  return `${JSON.stringify(issues, null, 2)}\n`;
}

/** What begins and ends a part of GitLab's job log that can be folded. */
export function gitlabSection(edge: 'start' | 'end', name: string, seconds: number): string {
  const id = `coracle_${name.replaceAll(/[^a-zA-Z0-9]/g, '_')}`;
  return `\u001B[0Ksection_${edge}:${Math.floor(seconds)}:${id}\r\u001B[0K${edge === 'start' ? `coracle ship: ${name}` : ''}\n`;
}
