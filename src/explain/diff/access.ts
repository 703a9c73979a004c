import type { FileFinding, FilesExplanation } from '../types.ts';
import { pairUp } from './pairs.ts';
import type { AccessChange } from './types.ts';

/** What differs in who could do what: also where no byte moved, as when a program became setuid. */
export function compareAccess(before: FilesExplanation, after: FilesExplanation): AccessChange[] {
  return pairUp(flat(before), flat(after), ({ what, name }) => `${what} ${name}`).flatMap(
    ({ before: old, after: now }): AccessChange[] => {
      const { what, name } = now ?? old ?? { what: 'setuid', name: '' };
      if (old && now && old.detail === now.detail) return [];
      return [
        {
          ...{ what, name },
          state: !old ? 'added' : now ? 'changed' : 'removed',
          ...(old && { before: old.detail }),
          ...(now && { after: now.detail }),
        },
      ];
    },
  );
}

interface Found {
  readonly what: AccessChange['what'];
  readonly name: string;
  readonly detail: string;
}

function flat({ access, waste }: FilesExplanation): Found[] {
  const files = (what: Found['what'], found: readonly FileFinding[]): Found[] =>
    found.map(({ path, detail }) => ({ what, name: path, detail }));
  const names = (what: Found['what'], found: readonly string[]): Found[] =>
    found.map((name) => ({ what, name, detail: '' }));
  return [
    ...waste.flatMap(({ kind, path, detail }): Found[] =>
      kind === 'secret' ? [{ what: 'secret', name: path, detail }] : [],
    ),
    ...files('setuid', access.setuid),
    ...files('capabilities', access.capabilities),
    ...files('world-writable', access.worldWritable),
    ...files('device', access.devices),
    ...access.users.map(({ name, uid, shell }): Found => ({
      what: 'user',
      name,
      detail: `${uid} ${shell}`.trim(),
    })),
    ...names('shell', access.shells),
    ...names('package manager', access.packageManagers),
  ];
}
