import { dockerfileError } from './dockerfile-error.ts';
import type { Base } from './instruction-command.ts';
import { readFlagValues } from './instruction-flags.ts';
import { splitPairs } from './instruction-pairs.ts';
import { jsonStrings, missing } from './instruction-words.ts';
import type { OnbuildInstruction } from './instructions.ts';
import { trimSpaces } from './parse-space.ts';
import { innerParts } from './parse.ts';
import type { Dockerfile, InstructionNode } from './syntax.ts';

const jsonKeywords = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME']);

/**
 * ONBUILD. As in BuildKit, the trigger's words are not looked at before a build runs it, apart from what keeps it from being read at
 * all.
 */
export function typeOnbuild(node: InstructionNode, dockerfile: Dockerfile, base: Base): OnbuildInstruction {
  if (node.rest === '') throw missing(node, dockerfile, 'an instruction');
  readFlagValues(node, dockerfile, {});
  const inner = innerParts(node, dockerfile.escape);
  const keyword = trimSpaces(inner.keyword);
  if (keyword === 'ONBUILD' || keyword === 'FROM' || keyword === 'MAINTAINER') {
    throw dockerfileError(
      dockerfile,
      inner.keywordSpan,
      `${keyword} cannot be a trigger of ONBUILD`,
      keyword === 'ONBUILD' ? 'Write ONBUILD once.' : `Write ${keyword} without ONBUILD.`,
    );
  }
  if (inner.keyword === 'ENV' || inner.keyword === 'LABEL') splitPairs(inner, dockerfile);
  if (jsonKeywords.has(inner.keyword)) jsonStrings(inner, dockerfile);
  const bodies = node.heredocs.map(
    ({ name, bodySpan }) => `\n${dockerfile.text.slice(bodySpan.start, bodySpan.end)}${name}`,
  );
  const text = node.line.replace(/^[\t\n\f\r ]*onbuild[\t\n\f\r ]*/i, '');
  return { kind: 'onbuild', ...base, trigger: text + bodies.join('') };
}
