/** What two builds of a case differ in, a line for each difference. */
import type { Built } from './built.ts';
import type { Case } from './case.ts';
import type { Config, Image, Node } from './image.ts';

export type Images = Extract<Built, { images: unknown }>;

/** Each line starts with the platform when there are several, then `tree` or `config`. */
export function differences(kit: Images, ours: Images, case_: Case): string[] {
  const lines: string[] = [];
  const platforms = new Set([...kit.images, ...ours.images].map(({ platform }) => platform));
  for (const platform of platforms) {
    const label = platforms.size > 1 ? `${platform} ` : '';
    const theirs = find(kit, platform);
    const own = find(ours, platform);
    if (!theirs || !own) {
      lines.push(`${label}image: ${theirs ? 'only BuildKit made it' : 'only Coracle made it'}`);
      continue;
    }
    const found = [
      ...configDifferences(theirs.config, own.config),
      ...treeDifferences(theirs, own, { kit, ours, unlike: case_.unlike ?? [] }),
    ];
    lines.push(...found.map((line) => label + line));
  }
  return lines;
}

function find(built: Images, platform: string): Image | undefined {
  return built.images.find((image) => image.platform === platform);
}

const configFields = [
  'Env',
  'Entrypoint',
  'Cmd',
  'WorkingDir',
  'User',
  'ExposedPorts',
  'Volumes',
  'Labels',
  'StopSignal',
  'Shell',
  'Healthcheck',
  'OnBuild',
] as const;

function configDifferences(kit: Config, ours: Config): string[] {
  const lines: string[] = [];
  const compare = (name: string, theirs: unknown, own: unknown): void => {
    const [a, b] = [canonical(theirs), canonical(own)];
    if (a !== b) lines.push(`config ${name}: BuildKit ${a}, Coracle ${b}`);
  };
  for (const field of ['architecture', 'os', 'variant', 'author'] as const)
    compare(field, kit[field], ours[field]);
  for (const field of configFields) compare(field, kit.config?.[field], ours.config?.[field]);
  const [a, b] = [kit.history ?? [], ours.history ?? []];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [x, y] = [historyLine(a[at]), historyLine(b[at])];
    if (x !== y) lines.push(`config history ${at}: BuildKit ${x}, Coracle ${y}`);
  }
  const made = (ours.history ?? []).filter(({ empty_layer: empty }) => empty !== true).length;
  const layers = ours.rootfs?.diff_ids?.length ?? 0;
  if (made !== layers)
    lines.push(`config history: Coracle has ${made} entries with layers, and ${layers} layers`);
  return lines;
}

/** The addresses of a run's services are different each time. */
function historyLine(entry: NonNullable<Config['history']>[number] | undefined): string {
  if (!entry) return 'nothing';
  const text = (entry.created_by ?? '').replace(/127\.0\.0\.1:\d+/g, 'HOST');
  return `${entry.empty_layer === true ? '(no layer) ' : ''}${text}`;
}

/** JSON with sorted keys; what is absent, null or empty is the same. */
function canonical(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : JSON.stringify(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? 'nothing' : JSON.stringify(Object.fromEntries(pairs));
}

interface Sides {
  readonly kit: Images;
  readonly ours: Images;
  readonly unlike: readonly string[];
}

function treeDifferences(kit: Image, ours: Image, sides: Sides): string[] {
  const lines: string[] = [];
  const names = new Set([...Object.keys(kit.tree), ...Object.keys(ours.tree)]);
  for (const name of [...names].toSorted()) {
    // Whether the root itself stands in an archive is a matter of taste.
    if (name === '.') continue;
    const theirs = kit.tree[name];
    const own = ours.tree[name];
    if (!theirs) lines.push(`tree ${name}: only in Coracle's (${own?.type ?? ''})`);
    else if (!own) lines.push(`tree ${name}: only in BuildKit's (${theirs.type})`);
    else
      for (const what of nodeDifferences(theirs, own, sides, sides.unlike.includes(name)))
        lines.push(`tree ${name}: ${what}`);
  }
  return lines;
}

function nodeDifferences(kit: Node, ours: Node, sides: Sides, unlike: boolean): string[] {
  const lines: string[] = [];
  for (const field of ['type', 'mode', 'owner', 'target', 'device', 'sameAs', 'size', 'sha256'] as const) {
    if (unlike && (field === 'size' || field === 'sha256')) continue;
    const [a, b] = [kit[field] ?? 'nothing', ours[field] ?? 'nothing'];
    if (a !== b) lines.push(`${field}: BuildKit ${a}, Coracle ${b}`);
  }
  const [a, b] = [canonical(kit.xattrs), canonical(ours.xattrs)];
  if (a !== b) lines.push(`xattrs: BuildKit ${a}, Coracle ${b}`);
  // Directories get the time of whatever is put into them; only what the case itself gave times is compared.
  if (kit.type !== 'directory') {
    const [then, own] = [timeOf(kit.mtime, sides.kit), timeOf(ours.mtime, sides.ours)];
    if (then !== own) lines.push(`mtime: BuildKit ${then}, Coracle ${own}`);
  }
  return lines;
}

/** A time between the begin and the end of the building is one that the build made. */
function timeOf(mtime: number, { began, ended }: Images): string {
  return mtime >= began && mtime <= ended ? 'the time of the build' : new Date(mtime * 1000).toISOString();
}

/**
 * What may differ, but should be known: times of directories. BuildKit's depend on the order in which files arrive; ours are the source's.
 */
export function softDifferences(kit: Images, ours: Images): string[] {
  const lines: string[] = [];
  for (const theirs of kit.images) {
    const own = find(ours, theirs.platform);
    if (!own) continue;
    for (const [name, node] of Object.entries(theirs.tree)) {
      const other = own.tree[name];
      if (node.type !== 'directory' || other?.type !== 'directory' || name === '.') continue;
      const [then, now] = [timeOf(node.mtime, kit), timeOf(other.mtime, ours)];
      if (then !== now) lines.push(`directory ${name}: mtime: BuildKit ${then}, Coracle ${now}`);
    }
  }
  return lines;
}
