import { isToolError, ToolError } from '../core/errors.ts';
import { parseReference } from '../oci/reference.ts';
import { directiveOf } from './directives.ts';
import { dockerfileError, quoted } from './dockerfile-error.ts';
import { lineAt } from './lines.ts';
import { decodeText } from './parse-bytes.ts';
import type { Dockerfile, Span } from './syntax.ts';

/**
 * The frontend that a build file asks for: `# syntax=…` among its directives, else `// syntax=…`, else the key `syntax` of a file
 * that is one JSON object. A first line `#!…` is passed over. Only what stands before the first space counts.
 */
export function syntaxDirective(source: Uint8Array | string): string | undefined {
  return findSyntax(typeof source === 'string' ? source : decodeText(source))?.name;
}

/**
 * Refuses every frontend but Docker's own, which is the language that Coracle reads itself: no image is run to read a Dockerfile.
 * @param override the build argument BUILDKIT_SYNTAX, which goes before the file's own line
 * @throws ToolError UNSUPPORTED
 */
export function checkFrontend(dockerfile: Pick<Dockerfile, 'file' | 'text'>, override?: string): void {
  if (override !== undefined) {
    const [name = ''] = override.trim().split(' ', 1);
    if (isDockers(name)) return;
    throw new ToolError(
      'UNSUPPORTED',
      `the frontend ${quoted(name)} that BUILDKIT_SYNTAX names is not Docker's`,
      {
        hint: 'Coracle reads the language of docker/dockerfile itself and runs no other frontend. Leave BUILDKIT_SYNTAX out.',
      },
    );
  }
  const found = findSyntax(dockerfile.text);
  if (found === undefined || isDockers(found.name)) return;
  throw dockerfileError(
    dockerfile,
    found.span,
    `this file is for the frontend ${quoted(found.name)}, which is not Docker's`,
    'Coracle reads the language of docker/dockerfile itself and runs no other frontend. Build this file with BuildKit.',
    'UNSUPPORTED',
  );
}

const frontends = ['docker/dockerfile', 'docker/dockerfile-upstream'];

/** Docker Hub's repositories, with any tag or digest, also as a mirror holds them below a host and a path of its own. */
function isDockers(name: string): boolean {
  try {
    const { registry, repository } = parseReference(name);
    return frontends.some(
      (own) => repository === own || (registry !== 'docker.io' && repository.endsWith(`/${own}`)),
    );
  } catch (error) {
    if (isToolError(error)) return false;
    throw error;
  }
}

function findSyntax(text: string): { name: string; span: Span } | undefined {
  let start = text.startsWith('\ufeff') ? 1 : 0;
  if (text.startsWith('#!', start)) start = lineAt(text, start).next;
  return commentSyntax(text, start, '#') ?? commentSyntax(text, start, '//') ?? jsonSyntax(text, start);
}

function commentSyntax(text: string, start: number, sign: string): { name: string; span: Span } | undefined {
  const seen = new Set<string>();
  for (let at = start; at < text.length;) {
    const line = lineAt(text, at);
    const directive = directiveOf(text, line, sign, line.start);
    if (directive === undefined || seen.has(directive.name)) return undefined;
    if (directive.name === 'syntax') {
      return { name: directive.value.split(' ', 1)[0] ?? '', span: directive.valueSpan };
    }
    seen.add(directive.name);
    at = line.next;
  }
  return undefined;
}

function jsonSyntax(text: string, start: number): { name: string; span: Span } | undefined {
  if (!/[\t\n\r ]*\{/y.test(text.slice(start))) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null || !('syntax' in document)) return undefined;
  if (typeof document.syntax !== 'string') return undefined;
  const key = text.indexOf('"syntax"', start);
  const line = lineAt(text, key === -1 ? start : key);
  return { name: document.syntax, span: { start: key === -1 ? start : key, end: line.end } };
}
