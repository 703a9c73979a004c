import { dockerfileError, quoted } from './dockerfile-error.ts';
import type { Base } from './instruction-command.ts';
import { readFlagValues } from './instruction-flags.ts';
import { missing, separatedWords } from './instruction-words.ts';
import type { FromInstruction } from './instructions.ts';
import type { Dockerfile, InstructionNode } from './syntax.ts';

/** FROM [--platform=…] image [AS name]. */
export function typeFrom(node: InstructionNode, dockerfile: Dockerfile, base: Base): FromInstruction {
  const words = separatedWords(node);
  const [image, as, name] = words;
  if (image === undefined) throw missing(node, dockerfile, 'an image');
  if (words.length !== 1 && !(words.length === 3 && as && /^as$/i.test(as.text))) {
    throw dockerfileError(
      dockerfile,
      { start: (as ?? image).span.start, end: node.restSpan.end },
      `after the image of FROM there can only be AS and a name`,
      'Write FROM IMAGE, or FROM IMAGE AS NAME. A comment needs a line of its own.',
    );
  }
  const stage = name?.text.toLowerCase();
  if (name && stage !== undefined && !/^[a-z][a-z0-9\-_.]*$/.test(stage)) {
    throw dockerfileError(
      dockerfile,
      name.span,
      `${quoted(name.text)} cannot be the name of a stage`,
      'A name begins with a letter, and has only letters, digits, - _ and . in it.',
    );
  }
  const platform = readFlagValues(node, dockerfile, { platform: 'text' }).text('platform');
  return {
    kind: 'from',
    ...base,
    image,
    ...(platform === undefined ? {} : { platform }),
    ...(stage === undefined ? {} : { as: stage }),
  };
}
