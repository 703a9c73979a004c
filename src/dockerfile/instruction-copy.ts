import { dockerfileError } from './dockerfile-error.ts';
import { chompTabs, heredocMarker } from './heredoc.ts';
import type { Base } from './instruction-command.ts';
import { flagWord, readFlagValues, type FlagKind } from './instruction-flags.ts';
import { listWords, missing } from './instruction-words.ts';
import type { CopyInstruction, Word } from './instructions.ts';
import type { Dockerfile, InstructionNode } from './syntax.ts';

const common = { chown: 'text', chmod: 'text', link: 'switch', exclude: 'list' } as const;
const flagsOf: Readonly<Record<CopyInstruction['kind'], Readonly<Record<string, FlagKind>>>> = {
  copy: { from: 'text', ...common, parents: 'switch' },
  add: { ...common, checksum: 'text', 'keep-git-dir': 'switch', unpack: 'switch' },
};

/** COPY and ADD. */
export function typeCopy(
  kind: CopyInstruction['kind'],
  node: InstructionNode,
  dockerfile: Dockerfile,
  base: Base,
): CopyInstruction {
  const { words } = listWords(node, dockerfile);
  const dest = words.at(-1);
  if (dest === undefined || words.length < 2) {
    throw missing(node, dockerfile, dest ? 'a destination behind the source' : 'a source and a destination');
  }
  const flags = readFlagValues(node, dockerfile, flagsOf[kind]);
  if (isHeredoc(dest)) {
    throw dockerfileError(
      dockerfile,
      dest.span,
      `the destination of ${node.keyword} cannot be a heredoc`,
      `Write ${node.keyword} ${dest.text} /path/of/file`,
    );
  }
  const optional = { from: 'from', chown: 'chown', chmod: 'chmod', checksum: 'checksum' } as const;
  const texts = Object.values(optional).flatMap((name) => {
    const word = flags.text(name);
    return word === undefined ? [] : [[name, word] as const];
  });
  const keepGitDir = flags.switch('keep-git-dir');
  const unpack = flags.switch('unpack');
  return {
    kind,
    ...base,
    sources: readSources(words.slice(0, -1), node, dockerfile),
    dest,
    ...Object.fromEntries(texts),
    link: flags.switch('link') ?? false,
    parents: flags.switch('parents') ?? false,
    exclude: flags.list('exclude').map(flagWord),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    ...(unpack === undefined ? {} : { unpack }),
  };
}

function isHeredoc(word: Word): boolean {
  const marker = heredocMarker(word.text);
  return marker !== undefined && marker !== 'invalid';
}

/** Each `<<NAME` is a file of that name with the body that was read for it; when two have one name, both have the last body. */
function readSources(
  words: readonly Word[],
  node: InstructionNode,
  dockerfile: Dockerfile,
): CopyInstruction['sources'] {
  const bodies = new Map(node.heredocs.map(({ name, bodySpan }) => [name, bodySpan]));
  return words.map((word) => {
    const marker = heredocMarker(word.text);
    if (marker === undefined || marker === 'invalid') return { kind: 'path', word };
    // In the JSON form there are no bodies: BuildKit makes an empty file.
    const span = bodies.get(marker.name) ?? word.span;
    const body = dockerfile.text.slice(span.start, span === word.span ? span.start : span.end);
    const { name, expand, chomp } = marker;
    return { kind: 'inline', file: { name, expand, chomp, content: chomp ? chompTabs(body) : body, span } };
  });
}
