import type { SourceRange, ToolError } from '../core/errors.ts';
import type { Finding } from './finding.ts';

/** Findings of one error at most: of a broken package the first lines matter. */
const most = 50;

/** `./internal/api/api.go:12:3: undefined: x`, as compilers and vet write it. */
const placed =
  /^(?:# \S+\s+)?(?:vet: )?(\.{0,2}\/?[^\s:][^:\n]*\.(?:go|ya?ml|mod|sum)):(\d+)(?::(\d+))?: (.+)$/gm;

/** What an error says, as findings of a stage: one for each place that its details name, else one for the error itself. */
export function findingsOf(stage: string, error: ToolError): Finding[] {
  const rule = `${stage}/${error.code.toLowerCase().replaceAll('_', '-')}`;
  const fix = error.hint === undefined ? {} : { fix: error.hint };
  const own: Finding = {
    rule,
    severity: 'error',
    message: error.message,
    ...(error.where ? { where: placeOf(error.where) } : {}),
    ...fix,
  };
  const lines = placesIn(error.detail ?? '').map(({ where, message }): Finding => ({
    rule,
    severity: 'error',
    message,
    where,
  }));
  return [own, ...lines];
}

/** Places that lines of a compiler name. */
export function placesIn(text: string): { readonly where: SourceRange; readonly message: string }[] {
  return [...text.matchAll(placed)].slice(0, most).map(([, file = '', line, column, message = '']) => ({
    message,
    where: {
      file,
      line: Number(line),
      ...(column === undefined ? {} : { column: Number(column) }),
    },
  }));
}

/** Without the file's text, which is the frame's business. */
function placeOf({ file, line, column, endLine, endColumn }: SourceRange): SourceRange {
  return {
    file,
    line,
    ...(column === undefined ? {} : { column }),
    ...(endLine === undefined ? {} : { endLine }),
    ...(endColumn === undefined ? {} : { endColumn }),
  };
}
