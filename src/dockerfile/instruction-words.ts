import type { Word } from './instructions.ts';
import { jsonForm } from './json-form.ts';
import { spanOfPart } from './lines.ts';
import { isSpace, toSeparator } from './parse-space.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { Dockerfile, InstructionNode, Span } from './syntax.ts';

/** What of an instruction its words are read from. */
export type Rest = Pick<
  InstructionNode,
  'keyword' | 'keywordSpan' | 'rest' | 'restAt' | 'restSpan' | 'pieces'
>;

/** The span of a part of the rest; behind its end, the place there. */
export function spanIn(node: Rest, from: number, to: number): Span {
  return spanOfPart(node.pieces, node.restAt + from, node.restAt + to);
}

export function wordIn(node: Rest, from: number, to: number): Word {
  return { text: node.rest.slice(from, to), span: spanIn(node, from, to) };
}

/** All of the rest as one word, white space included. @throws ToolError DOCKERFILE_INVALID when there is none */
export function wholeRest(node: Rest, dockerfile: Dockerfile, what: string): Word {
  if (node.rest === '') throw missing(node, dockerfile, what);
  return wordIn(node, 0, node.rest.length);
}

export function missing(node: Rest, dockerfile: Dockerfile, what: string): Error {
  return dockerfileError(
    dockerfile,
    node.keywordSpan,
    `${node.keyword} needs ${what}`,
    `Write ${examples[node.keyword] ?? `${node.keyword} …`}`,
  );
}

/** Words parted by blanks; quotes mean nothing here. */
export function separatedWords(node: Rest): Word[] {
  const words: Word[] = [];
  const { rest } = node;
  for (let at = 0; at < rest.length;) {
    const end = toSeparator(rest, at, rest.length);
    if (end > at) words.push(wordIn(node, at, end));
    at = end + 1;
  }
  return words;
}

/** A JSON array of strings, else words parted by blanks. @throws ToolError DOCKERFILE_INVALID for an array of other things */
export function listWords(node: Rest, dockerfile: Dockerfile): { words: Word[]; json: boolean } {
  const strings = jsonStrings(node, dockerfile);
  if (strings === undefined) return { words: separatedWords(node), json: false };
  return { words: strings, json: true };
}

/** The strings of the exec form; undefined when it is the shell form. @throws ToolError DOCKERFILE_INVALID for an array of other things */
export function jsonStrings(node: Rest, dockerfile: Dockerfile): Word[] | undefined {
  const form = jsonForm(node.rest);
  if (form.kind === 'shell') return undefined;
  if (form.kind === 'mixed') {
    throw dockerfileError(
      dockerfile,
      node.restSpan,
      `the JSON array of ${node.keyword} holds something that is no string`,
      'Put every item in double quotes.',
    );
  }
  return form.strings.map(({ value, start, end }) => ({ text: value, span: spanIn(node, start, end) }));
}

/** Where a word stands in the rest. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/**
 * Words parted by white space, where quotes and the escape character keep white space together. Both stay in the words; only an
 * escape character at the very end is dropped, and a quote that is not closed reaches to the end.
 */
export function quotedWords({ rest }: Rest, escape: string): Place[] {
  const places: Place[] = [];
  let from = -1;
  let quote = '';
  let at = 0;
  for (; at < rest.length; at++) {
    const unit = rest.charAt(at);
    if (quote === '' && isSpace(rest.charCodeAt(at))) {
      if (from !== -1) places.push({ from, to: at });
      from = -1;
      continue;
    }
    if (from === -1) from = at;
    if (quote !== '') {
      if (unit === quote) quote = '';
    } else if (unit === '"' || unit === "'") quote = unit;
    if (unit === escape && quote !== "'") {
      if (at + 1 === rest.length) break;
      at++;
    }
  }
  if (from !== -1 && at > from) places.push({ from, to: Math.min(at, rest.length) });
  return places;
}

const examples: Readonly<Record<string, string>> = {
  ADD: 'ADD SOURCE… DESTINATION',
  ARG: 'ARG NAME or ARG NAME=VALUE',
  COPY: 'COPY SOURCE… DESTINATION',
  ENV: 'ENV NAME=VALUE…',
  EXPOSE: 'EXPOSE 8080/tcp',
  FROM: 'FROM IMAGE or FROM IMAGE AS NAME',
  HEALTHCHECK: 'HEALTHCHECK CMD command, or HEALTHCHECK NONE',
  LABEL: 'LABEL NAME=VALUE…',
  MAINTAINER: 'LABEL org.opencontainers.image.authors="…"',
  ONBUILD: 'ONBUILD RUN command',
  SHELL: 'SHELL ["/bin/sh", "-c"]',
  STOPSIGNAL: 'STOPSIGNAL SIGTERM',
  USER: 'USER NAME or USER UID:GID',
  VOLUME: 'VOLUME /data',
  WORKDIR: 'WORKDIR /path',
};
