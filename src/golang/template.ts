/**
 * `{{.Version}}` and its kin in linker flags, labels and the like: plain replacement, under the names that users of ko and
 * GoReleaser know. No functions, no conditions. Every value is a fact of the source, none of the moment: the same source gives
 * the same text.
 */
import { closest } from '../core/closest.ts';
import { ToolError } from '../core/errors.ts';
import type { Env } from '../core/ctx.ts';
import type { Vcs } from './vcs.ts';

export interface TemplateFacts {
  /** Undefined outside a repository: then Version is `devel`, Commit `unknown`. */
  readonly vcs?: Vcs | undefined;
  /** Seconds since the epoch: SOURCE_DATE_EPOCH; else the commit's time is taken, else 0. */
  readonly epoch?: number | undefined;
  /** A module's version, for a program built by `module@version`. */
  readonly version?: string | undefined;
  readonly env: Env;
}

type Value = (facts: TemplateFacts) => string;

const tag: Value = ({ vcs, version }) => vcs?.tag ?? version ?? '';
const commit: Value = ({ vcs }) => vcs?.revision ?? 'unknown';
const shortCommit: Value = ({ vcs }) => vcs?.revision.slice(0, 7) ?? 'unknown';
const branch: Value = ({ vcs }) => vcs?.branch ?? '';
const date: Value = (facts) => new Date(time(facts) * 1000).toISOString().replace('.000Z', 'Z');
const timestamp: Value = (facts) => String(time(facts));
const commitDate: Value = (facts) => facts.vcs?.time ?? date(facts);
const commitTimestamp: Value = (facts) => String(facts.vcs?.epoch ?? time(facts));
const dirty: Value = ({ vcs }) => String(vcs?.dirty ?? false);

const values: Readonly<Record<string, Value>> = {
  Version: versionOf,
  Tag: tag,
  Commit: commit,
  FullCommit: commit,
  ShortCommit: shortCommit,
  Branch: branch,
  Date: date,
  Timestamp: timestamp,
  CommitDate: commitDate,
  CommitTimestamp: commitTimestamp,
  IsGitDirty: dirty,
  'Git.Tag': tag,
  'Git.FullCommit': commit,
  'Git.ShortCommit': shortCommit,
  'Git.Branch': branch,
  'Git.CommitDate': commitDate,
  'Git.CommitTimestamp': commitTimestamp,
  'Git.IsDirty': dirty,
  'Git.IsClean': ({ vcs }) => String(!(vcs?.dirty ?? false)),
  'Git.TreeState': ({ vcs }) => (vcs?.dirty ? 'dirty' : 'clean'),
};

/** The names that templates may use, besides `Env.NAME`. */
export const templateNames: readonly string[] = Object.keys(values);

const action = /\{\{-?\s*(.*?)\s*-?\}\}/gs;

/** True when expanding `text` needs Vcs.describe, which costs a process. */
export function needsDescribe(text: string): boolean {
  return [...text.matchAll(action)].some(([, inner]) => inner === '.Version');
}

/**
 * Replaces every `{{.Name}}` in `text`. `what` names the text in errors, such as `go.ldflags`.
 * @throws ToolError CONFIG_INVALID for an unknown name, or an environment variable that is not set
 */
export function expandTemplate(text: string, facts: TemplateFacts, what: string): string {
  return text.replace(action, (whole, inner: string) => {
    const [, name = ''] = /^\.([A-Za-z][\w.]*)$/.exec(inner) ?? [];
    if (name.startsWith('Env.')) return environmentValue(name.slice('Env.'.length), facts, what);
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value) return value(facts);
    const meant = closest(name, templateNames);
    throw new ToolError('CONFIG_INVALID', `${what}: ${whole} means nothing here`, {
      hint: `${meant === undefined ? '' : `Did you mean {{.${meant}}}? `}Known are ${templateNames
        .map((known) => `{{.${known}}}`)
        .join(' ')} and {{.Env.NAME}}.`,
    });
  });
}

function environmentValue(name: string, { env }: TemplateFacts, what: string): string {
  const value = env[name];
  if (value !== undefined) return value;
  throw new ToolError('CONFIG_INVALID', `${what}: the environment variable ${name} is not set`, {
    hint: `Set ${name}, to nothing if need be, or take {{.Env.${name}}} out.`,
  });
}

function time({ vcs, epoch }: TemplateFacts): number {
  return epoch ?? vcs?.epoch ?? 0;
}

/** The tag or what `git describe` says, else the short commit; without the leading v of a version. */
function versionOf({ vcs, version }: TemplateFacts): string {
  const name = vcs ? (vcs.tag ?? vcs.describe ?? vcs.revision.slice(0, 7)) : (version ?? 'devel');
  return `${name.replace(/^v(?=\d)/, '')}${vcs?.dirty ? '-dirty' : ''}`;
}
