import { isSeq, type Node } from 'yaml';
import { nanoseconds } from '../../config/values.ts';
import type { Draft } from './draft.ts';
import { at, isYes, type Scope } from './scope.ts';

/** `healthcheck:`: one that asks a URL of the container itself becomes what the deployer asks; other commands have no counterpart. */
export function readHealth(scope: Scope, draft: Draft, node: Node, key: string): void {
  const test = at(scope, node, 'test');
  const words = isSeq(test)
    ? scope.items(test).map((item) => scope.text(item, key))
    : test
      ? ['CMD-SHELL', scope.text(test, key)]
      : [];
  if (isYes(at(scope, node, 'disable')) || words[0] === 'NONE' || words.length === 0) return;
  const url = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(\/[^\s"'|&;]*)?/.exec(
    words.join(' '),
  );
  if (!url) {
    scope.note(
      'left out',
      test,
      key,
      'a command in the container; releases are asked by HTTP: write deploy.health.path',
    );
    return;
  }
  const time = (name: string): string | undefined => {
    const inner = at(scope, node, name);
    return inner && scope.text(inner, `${key}.${name}`);
  };
  const [interval, start, retries] = [time('interval'), time('start_period'), at(scope, node, 'retries')];
  const deadline =
    retries && interval !== undefined
      ? seconds(start) + seconds(interval) * Number(scope.text(retries, key))
      : 0;
  draft.health = {
    path: url[2] ?? '/',
    ...(url[1] !== undefined && { port: Number(url[1]) }),
    ...(interval !== undefined && { interval }),
    ...(start !== undefined && { startPeriod: start }),
    ...(deadline > 30 && { deadline: `${Math.ceil(deadline)}s` }),
  };
  if (at(scope, node, 'timeout'))
    scope.note(
      'left out',
      at(scope, node, 'timeout'),
      `${key}.timeout`,
      'a check may take as long as the interval',
    );
}

function seconds(text: string | undefined): number {
  return text === undefined ? 0 : nanoseconds(text, { name: 'healthcheck' }) / 1e9;
}
