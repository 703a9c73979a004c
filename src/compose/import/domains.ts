import { isMap, type Node } from 'yaml';
import { rawOf, type Scope } from './scope.ts';

/** Domains that labels name for a proxy: the routers of Traefik. Other labels are left out. */
export function domainsOf(scope: Scope, node: Node, key: string): string[] {
  const labels = isMap(node)
    ? scope.entries(node).map((entry) => ({
        name: entry.key,
        value: entry.value ? rawOf(scope.yaml, entry.value, key) : '',
        at: entry.keyNode,
      }))
    : scope.items(node).map((item) => {
        const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(rawOf(scope.yaml, item, key)) ?? [];
        return { name, value, at: item };
      });
  const rules = labels.filter(({ name }) => /^traefik\.http\.routers\.[^.]+\.rule$/.test(name));
  const others = labels.filter(({ name }) => !name.startsWith('traefik.'));
  if (others.length > 0)
    scope.note(
      'left out',
      others[0]?.at,
      key,
      `labels of containers: ${others
        .map(({ name }) => name)
        .slice(0, 5)
        .join(', ')}`,
    );
  const rest = labels.length - rules.length - others.length;
  if (rest > 0)
    scope.note(
      'left out',
      labels.find(({ name }) => name.startsWith('traefik.'))?.at,
      key,
      'what else Traefik is told: see deploy.proxy',
    );
  return rules.flatMap(({ value }) => [
    ...new Set(
      [...scope.fill(value).text.matchAll(/`([A-Za-z0-9.*-]+\.[A-Za-z]+)`/g)].map((match) => match[1] ?? ''),
    ),
  ]);
}
