import type { Vcs } from '../golang/vcs.ts';

/** What the program's origin says about the image; every value is a fact of the source, none of the machine. */
export interface Origin {
  readonly revision?: string;
  readonly version?: string;
  /** A URL without credentials. */
  readonly source?: string;
  /** Seconds since the epoch. */
  readonly created: number;
}

/**
 * Time and place of the source: SOURCE_DATE_EPOCH, else the commit's (or the module version's) time, else the epoch itself.
 * See reproducible-builds.org, SOURCE_DATE_EPOCH.
 */
export function originOf(vcs: Vcs | undefined, epoch: number | undefined): Origin {
  const source = vcs?.remote === undefined ? undefined : browsable(vcs.remote);
  return {
    created: epoch ?? vcs?.epoch ?? 0,
    ...(vcs?.revision === undefined ? {} : { revision: vcs.revision }),
    ...(vcs?.tag === undefined ? {} : { version: vcs.tag }),
    ...(source === undefined ? {} : { source }),
  };
}

/** The annotations of org.opencontainers.image (OCI image-spec, annotations.md) that Coracle sets by itself. */
export function annotationsOf(
  origin: Origin,
  base: { reference?: string; digest?: string },
): Record<string, string> {
  const prefix = 'org.opencontainers.image';
  const all: Record<string, string | undefined> = {
    [`${prefix}.created`]: new Date(origin.created * 1000).toISOString().replace('.000Z', 'Z'),
    [`${prefix}.revision`]: origin.revision,
    [`${prefix}.source`]: origin.source,
    [`${prefix}.version`]: origin.version,
    [`${prefix}.base.name`]: base.reference,
    [`${prefix}.base.digest`]: base.digest,
  };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A git remote as a URL that a browser opens, without user or password; undefined for local paths, which name this machine. */
export function browsable(remote: string): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+\.[^:/\s]+):(?!\/\/)(.+)$/.exec(remote);
  const text = scp ? `https://${scp[1]}/${scp[2]}` : remote.replace(/^(ssh|git):\/\//, 'https://');
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const port = remote.startsWith('http') ? url.port : '';
  return `${url.protocol}//${url.hostname}${port === '' ? '' : `:${port}`}${url.pathname.replace(/\.git\/?$/, '').replace(/\/$/, '')}`;
}
