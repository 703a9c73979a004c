import { readDirectives } from './directives.ts';
import { dockerfileError, quoted } from './dockerfile-error.ts';
import { chompTabs, findHeredocs } from './heredoc.ts';
import { jsonForm } from './json-form.ts';
import { commentOf, isBlank, joinLines, lineAt, placeIn, type JoinedLine, type Line } from './lines.ts';
import { decodeText } from './parse-bytes.ts';
import { splitLine, type LineParts } from './parse-line.ts';
import type { Dockerfile, HeredocNode, InstructionNode, SyntaxNode } from './syntax.ts';

/**
 * Parses a Dockerfile as BuildKit's frontend reads it (the Dockerfile reference, and where that is silent, what the frontend does):
 * any text gives a tree, whether its instructions mean something or not; `typeInstruction` looks at that. Linear in the text.
 *
 * @param source the file's bytes (what is no UTF-8 is kept, see `decodeText`) or its text
 * @param file the path as the user named it, for errors
 * @throws ToolError DOCKERFILE_INVALID for a directive that is wrong and a heredoc that does not end
 */
export function parseDockerfile(source: Uint8Array | string, file: string): Dockerfile {
  const text = typeof source === 'string' ? source : decodeText(source);
  const head = readDirectives({ file, text }, text.startsWith('\ufeff') ? 1 : 0);
  const nodes: SyntaxNode[] = [];
  const dockerfile: Dockerfile = { file, text, escape: head.escape, directives: head.directives, nodes };
  let at = head.end;
  while (at < text.length) {
    const node = readNode(dockerfile, lineAt(text, at));
    const last = nodes.at(-1);
    if (node.kind === 'blank' && last?.kind === 'blank') {
      nodes[nodes.length - 1] = { kind: 'blank', span: { start: last.span.start, end: node.span.end } };
    } else nodes.push(node);
    at = node.span.end;
  }
  return dockerfile;
}

function readNode(dockerfile: Dockerfile, line: Line): SyntaxNode {
  if (isBlank(dockerfile.text, line)) return { kind: 'blank', span: { start: line.start, end: line.next } };
  return commentOf(dockerfile.text, line) ?? readInstruction(dockerfile, line);
}

function readInstruction(dockerfile: Dockerfile, line: Line): InstructionNode {
  const joined = joinLines(dockerfile.text, line, dockerfile.escape);
  const { pieces, comments } = joined;
  const parts = splitLine({ line: joined.text, pieces }, dockerfile.escape);
  const { keyword, keywordSpan, flags, rest, restAt, restSpan } = parts;
  const { heredocs, end } = takesHeredocs(parts, dockerfile.escape)
    ? readHeredocs(dockerfile, joined)
    : { heredocs: none, end: joined.next };
  const span = { start: line.start, end };
  return {
    kind: 'instruction',
    keyword,
    keywordSpan,
    span,
    flags,
    line: joined.text,
    pieces,
    rest,
    restAt,
    restSpan,
    heredocs,
    comments,
  };
}

/** One for all, because a megabyte may hold half a million instructions. */
const none: readonly never[] = [];

const heredocKeywords = new Set(['ADD', 'COPY', 'RUN']);

/** Heredocs are for ADD, COPY and RUN, and for those behind ONBUILD; there are none in the exec form. */
function takesHeredocs(parts: LineParts, escape: string): boolean {
  const inner = parts.keyword === 'ONBUILD' ? innerParts(parts, escape) : parts;
  return (
    heredocKeywords.has(inner.keyword) && parts.rest.includes('<<') && jsonForm(inner.rest).kind === 'shell'
  );
}

/** The instruction behind ONBUILD. */
export function innerParts(
  parts: Pick<InstructionNode, 'line' | 'pieces' | 'restAt'>,
  escape: string,
): LineParts {
  return splitLine(parts, escape, parts.restAt);
}

/** The heredocs of a line, and where the line behind the last of them begins. */
function readHeredocs(dockerfile: Dockerfile, joined: JoinedLine): { heredocs: HeredocNode[]; end: number } {
  const heredocs: HeredocNode[] = [];
  let at = joined.next;
  for (const { marker, at: place } of findHeredocs(joined.text).found) {
    const start = placeIn(joined.pieces, place);
    const markerSpan = { start, end: markerEnd(dockerfile.text, start) };
    if (marker === 'invalid') {
      throw dockerfileError(
        dockerfile,
        markerSpan,
        `the name of this heredoc cannot be read`,
        'Write it without quotes and variables: <<EOF. If it is no heredoc, put it in quotes.',
      );
    }
    const body = findEnd(dockerfile.text, at, marker.name, marker.chomp);
    if (body === undefined) {
      throw dockerfileError(
        dockerfile,
        markerSpan,
        `this heredoc does not end: no line is ${quoted(marker.name)}`,
        `Write a line that is only ${quoted(marker.name)} behind its text${marker.chomp ? '' : ', at the start of the line'}. If it is no heredoc, put it in quotes.`,
      );
    }
    const content = dockerfile.text.slice(at, body.end);
    heredocs.push({
      ...marker,
      content: marker.chomp ? chompTabs(content) : content,
      bodySpan: { start: at, end: body.end },
      markerSpan,
    });
    at = body.next;
  }
  return { heredocs, end: at };
}

/** Where the body of a heredoc ends, and where the line behind its end begins. */
function findEnd(
  text: string,
  at: number,
  name: string,
  chomp: boolean,
): { end: number; next: number } | undefined {
  while (at < text.length) {
    const line = lineAt(text, at);
    let start = line.start;
    if (chomp) while (start < line.end && text[start] === '\t') start++;
    if (line.end - start === name.length && text.startsWith(name, start)) return { end: at, next: line.next };
    at = line.next;
  }
  return undefined;
}

/** Where the marker at `start` ends, for the frame of an error. */
function markerEnd(text: string, start: number): number {
  const behind = /<<-?[\t ]*[^\s]*/y;
  behind.lastIndex = start;
  return behind.test(text) ? behind.lastIndex : start + 2;
}
