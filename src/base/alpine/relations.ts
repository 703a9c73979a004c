import type { AlpineRelation } from './types.ts';

/** Operators as packages write them; `><` (a checksum) only stands in what apk writes for itself. */
const form = /^(!?)([^\s!<>=~@][^\s<>=~@]*)(?:@[a-z0-9]+)?(?:(<=|>=|<|>|=|~=|=~|~)([^\s<>=~]+))?$/;

/**
 * Parses the words of a D:, p: or i: line. What cannot be read is a name that nothing provides, so that it is neither lost nor fatal to
 * those who do not need the package.
 */
export function parseAlpineRelations(text: string): AlpineRelation[] {
  return text.split(' ').filter(Boolean).map(parseAlpineRelation);
}

export function parseAlpineRelation(word: string): AlpineRelation {
  const [, conflict, name, operator, version] = form.exec(word) ?? [];
  if (name === undefined) return { name: word, conflict: false };
  return {
    name,
    conflict: conflict === '!',
    ...(operator !== undefined &&
      version !== undefined && { version: { operator: plain(operator), version } }),
  };
}

function plain(operator: string): '<' | '<=' | '=' | '>=' | '>' | '~' {
  switch (operator) {
    case '<':
    case '<=':
    case '=':
    case '>=':
    case '>':
      return operator;
    default:
      return '~';
  }
}

/** As it stands in an index: `!name`, `name>=1.2`. */
export function writeAlpineRelation({ name, conflict, version }: AlpineRelation): string {
  return `${conflict ? '!' : ''}${name}${version ? version.operator + version.version : ''}`;
}
