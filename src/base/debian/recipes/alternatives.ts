import type { OpenPackage } from '../kept-debs.ts';
import type { BaseInProgress } from '../recipe.ts';
import { withoutParts } from '../script-form.ts';

/** `update-alternatives --install`: a name that several packages can stand for. */
interface Alternative {
  readonly priority: number;
  readonly links: readonly Link[];
}

interface Link {
  /** Paths as in Entry. */
  readonly path: string;
  readonly name: string;
  readonly target: string;
}

/** A script without what `addAlternatives` does in its place. */
export function withoutAlternatives(script: Buffer): Buffer {
  const lines = withoutParts(
    script.toString('latin1').split('\n'),
    (tool) => tool === 'dh_installalternatives',
  );
  return Buffer.from(lines.join('\n'), 'latin1');
}

/**
 * The links of the alternatives that the packages register: the one of the highest priority, and beside it its slaves as far as their
 * files are there. The state of update-alternatives itself is left out: nothing changes them in an image.
 */
export function addAlternatives(base: BaseInProgress, packages: readonly OpenPackage[]): void {
  const best = new Map<string, Alternative>();
  for (const { control } of packages) {
    for (const one of parseAlternatives(control.get('postinst')?.toString('utf8') ?? '')) {
      const name = one.links[0]?.name ?? '';
      const before = best.get(name);
      if (!before || before.priority < one.priority) best.set(name, one);
    }
  }
  for (const { links } of best.values()) {
    for (const { path, name, target } of links) {
      if (!base.has(target)) continue;
      base.link(path, `/etc/alternatives/${name}`);
      base.link(`etc/alternatives/${name}`, `/${target}`);
    }
  }
}

function parseAlternatives(script: string): Alternative[] {
  const commands = script
    .replaceAll('\\\n', ' ')
    .matchAll(/update-alternatives\s+(?:--quiet\s+)?(--install\s[^\n]*)/g);
  return [...commands].map(([, command = '']) => {
    const masters = command.matchAll(/--(?:install|slave)\s+\/(\S+)\s+(\S+)\s+\/(\S+)(?:\s+(\d+))?/g);
    const found = [...masters].map(([, path = '', name = '', target = '', priority]) => ({
      path,
      name,
      target,
      priority,
    }));
    return { priority: Number(found[0]?.priority ?? 0), links: found };
  });
}
