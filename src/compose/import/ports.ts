import { isMap, type Node } from 'yaml';
import type { Draft } from './draft.ts';
import { at, type Scope } from './scope.ts';

/** `ports:`, short (`8080:80`, `127.0.0.1:8080:80/udp`, ranges) or long. */
export function readPorts(scope: Scope, draft: Draft, node: Node, key: string): void {
  for (const item of scope.items(node)) {
    if (isMap(item)) readLong(scope, draft, item, key);
    else readShort(scope, draft, item, key);
  }
}

function readLong(scope: Scope, draft: Draft, node: Node, key: string): void {
  const value = (name: string): string | undefined => {
    const inner = at(scope, node, name);
    return inner && scope.text(inner, `${key}.${name}`);
  };
  const target = value('target') ?? '';
  const protocol = value('protocol') ?? 'tcp';
  const address = value('host_ip');
  const published = value('published');
  add(
    scope,
    draft,
    node,
    key,
    `${address === undefined ? '' : `${address}:`}${published === undefined ? '' : `${published}:`}${target}/${protocol}`,
  );
}

function readShort(scope: Scope, draft: Draft, node: Node, key: string): void {
  add(scope, draft, node, key, scope.text(node, key));
}

function add(scope: Scope, draft: Draft, node: Node, key: string, text: string): void {
  const form =
    /^(?:(\[[0-9A-Fa-f:]*\]|\d+(?:\.\d+){3}|localhost|\*):)?(?:(\d+)(?:-(\d+))?:|:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(
      text,
    );
  const [from, to] = [Number(form?.[4]), Number(form?.[5] ?? form?.[4])];
  if (!form || !(from >= 1 && to <= 65_535 && to >= from) || form[6] === 'sctp') {
    scope.note('left out', node, key, `${text} is no port that Coracle publishes`);
    return;
  }
  if (to - from > 100) {
    scope.note('left out', node, key, `${text} is a range of ${to - from + 1} ports`);
    return;
  }
  const address = form[1];
  if (form[2] === undefined)
    scope.note(
      'differs',
      node,
      key,
      `Docker chooses a port of the host for ${text}; here it is the same as in the container`,
    );
  const isPublic = address === undefined || ['0.0.0.0', '[::]', '*'].includes(address);
  if (!isPublic && address !== 'localhost' && !address.startsWith('127.'))
    scope.note('differs', node, key, `published on the host's loopback, not on ${address}`);
  for (let port = from; port <= to; port++) {
    const host = form[2] === undefined ? port : Number(form[2]) + (port - from);
    draft.ports.push({
      container: port,
      host,
      protocol: form[6] === 'udp' ? 'udp' : 'tcp',
      public: isPublic,
    });
  }
}
