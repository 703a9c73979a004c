import { createHash } from 'node:crypto';
import type { Entry } from '../../layer/entry.ts';
import { readLayer } from '../../layer/read-layer.ts';
import type { LayerSource } from '../../layer/read-layer.ts';

/** One thing that is not the same in two layers that should be. */
export interface Difference {
  /** As in the image, absolute. */
  readonly path: string;
  readonly what: 'only the first has it' | 'only the second has it' | 'content' | 'metadata';
  /** What most likely makes it differ, where that is known. */
  readonly cause?: string;
}

/** File by file, what differs between two layers. */
export async function compareLayers(first: LayerSource, second: LayerSource): Promise<Difference[]> {
  const [a, b] = await Promise.all([facts(first), facts(second)]);
  const paths = [...new Set([...a.keys(), ...b.keys()])].sort();
  return paths.flatMap((path) => {
    const what = difference(a.get(path), b.get(path));
    if (!what) return [];
    const cause = causeOf(path, what);
    return [{ path: `/${path}`, what, ...(cause === undefined ? {} : { cause }) }];
  });
}

interface Facts {
  readonly meta: string;
  readonly content: string;
}

async function facts(layer: LayerSource): Promise<Map<string, Facts>> {
  const found = new Map<string, Facts>();
  for await (const entry of readLayer(layer)) found.set(entry.path, await factsOf(entry));
  return found;
}

async function factsOf({ content, path: _path, xattrs, ...meta }: Entry): Promise<Facts> {
  const hash = createHash('sha256');
  if (content) for await (const chunk of content()) hash.update(chunk);
  const extra = Object.entries(xattrs ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('hex'),
  ]);
  return {
    meta: JSON.stringify([meta.type, meta.mode, meta.uid, meta.gid, meta.mtime, meta.linkName, extra]),
    content: hash.digest('hex'),
  };
}

function difference(a: Facts | undefined, b: Facts | undefined): Difference['what'] | undefined {
  if (!a) return 'only the second has it';
  if (!b) return 'only the first has it';
  if (a.content !== b.content) return 'content';
  return a.meta === b.meta ? undefined : 'metadata';
}

/** What is known to differ from build to build, by where it lies. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/^var\/log\//, 'a log: delete it in the same step, or write none'],
  [
    /^var\/cache\/ldconfig\/aux-cache$/,
    'ldconfig keeps inode numbers and times there: rm /var/cache/ldconfig/aux-cache',
  ],
  [
    /^var\/lib\/apt\/lists\/|^var\/cache\/apt\//,
    'package lists change with the archive: rm -rf /var/lib/apt/lists/*, or a cache mount',
  ],
  [
    /^var\/lib\/dpkg\/|^lib\/apk\/db\//,
    'other versions of packages were installed: pin them, or a snapshot of the archive',
  ],
  [/\.pyc$/, 'Python writes the time of the source into it: PYTHONDONTWRITEBYTECODE=1, or SOURCE_DATE_EPOCH'],
  [
    /\.(gz|tgz|zip|jar|whl)$/,
    'archives keep the time at which they were made: gzip -n, zip -X, SOURCE_DATE_EPOCH',
  ],
  [/\.(a|o)$/, 'object files may keep paths and times: ar D, -ffile-prefix-map'],
  [
    /^etc\/(machine-id|ssh\/ssh_host_.*|hostname)$/,
    'made at random for each machine: leave it to the first start',
  ],
  [/^etc\/(passwd|shadow)-?$/, 'shadow keeps the day of the last change: set it with chage -d'],
  [
    /(^|\/)node_modules\/\.package-lock\.json$|\.npm\/|(^|\/)\.cache\//,
    'a cache of the package manager: delete it in the same step, or a cache mount',
  ],
  [/(^|\/)\.git\//, 'the clone itself differs: clone to a depth, and delete .git'],
];

function causeOf(path: string, what: Difference['what']): string | undefined {
  const known = causes.find(([form]) => form.test(path))?.[1];
  if (known !== undefined) return known;
  return what === 'content'
    ? 'the step writes something else each time: a date, a random value, an order, or what a server answered'
    : undefined;
}
