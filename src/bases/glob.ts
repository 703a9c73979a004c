/**
 * A glob of absolute paths as an expression: `*` and `?` stay within a name, `**` crosses them, `[…]` is a class. It holds for what lies
 * below what it names, too.
 */
export function globForm(glob: string): RegExp {
  const parts = glob.matchAll(/\/\*\*(?=\/|$)|\*\*|\*|\?|\[!?[^\]/]+\]|[^*?[/]+|\/|\[/g);
  const text = [...parts].map(([part]) => {
    if (part === '/**') return '(?:/.*)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 1 && part.startsWith('['))
      return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    return part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${text.join('').replace(/\/+$/, '')}(?:/.*)?$`, 's');
}
