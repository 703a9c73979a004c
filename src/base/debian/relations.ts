import type { Relation, Relations } from './types.ts';

/** `name:arch (>= 1.2) [amd64 !i386] <!nocheck>`: the parts in brackets stand in source packages, and are passed over. */
const form =
  /^([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?(?:\s*\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s()]+)\s*\))?(?:\s*\[[^\]]*\])?(?:\s*<[^>]*>)*$/;

/**
 * Parses a relation field of a binary package (Debian policy, chapter 7): a comma between what must hold, a bar between alternatives.
 * What cannot be read is a relation that nothing meets, so that it is neither lost nor fatal to those who do not need the package.
 */
export function parseRelations(field: string): Relations {
  return field
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .map((group) => group.split('|').map((part) => parseRelation(part.trim())));
}

function parseRelation(text: string): Relation {
  const [, name, architecture, operator, version] = form.exec(text) ?? [];
  if (name === undefined) return { name: text };
  return {
    name,
    ...(architecture !== undefined && { architecture }),
    ...(operator !== undefined &&
      version !== undefined && { version: { operator: modern(operator), version } }),
  };
}

/** `<` and `>` are old ways to write "or equal". */
function modern(operator: string): '<<' | '<=' | '=' | '>=' | '>>' {
  switch (operator) {
    case '<<':
    case '>>':
    case '>=':
    case '=':
      return operator;
    case '>':
      return '>=';
    default:
      return '<=';
  }
}

/** As a control file writes it: `libc6 (>= 2.36)`. */
export function writeRelation({ name, architecture, version }: Relation): string {
  const of = architecture === undefined ? name : `${name}:${architecture}`;
  return version ? `${of} (${version.operator} ${version.version})` : of;
}
