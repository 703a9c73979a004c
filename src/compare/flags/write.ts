/** Writes winners into coracle.yaml: what that would change is told first, and a file that cannot be changed for sure stays as it is. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { GoSettings } from '../../build/types.ts';
import { parseConfig } from '../../config/parse.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import type { CompareRequest } from '../request.ts';
import { lineDiff } from './line-diff.ts';
import type { FlagsComparison, Setting } from './types.ts';
import { editYaml } from './yaml-edit.ts';

export interface ConfigChange {
  /** Absolute. */
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string;
  /** Lines that begin with `-`, `+` or a space; empty when the file says all of it. */
  readonly diff: readonly string[];
}

/** A new file says what it is. */
const heading = '# How Coracle builds this project: see coracle build --help.\n';

/**
 * What winners change in the coracle.yaml that rules this build, or make of a new one. Writes nothing.
 * @throws ToolError CONFIG_INVALID when the file cannot be changed for sure
 */
export async function planChange(
  ctx: Ctx,
  { compare }: { readonly compare: CompareRequest },
  { winners }: FlagsComparison,
): Promise<ConfigChange> {
  const file = await fileFor(ctx, compare);
  const bytes = await readFileIfThere(file);
  const before = bytes?.toString('utf8');
  const settings = once(winners.flatMap((winner) => winner.settings)).flatMap((setting) =>
    missing(setting, compare.build.go),
  );
  const shown = path.relative(ctx.cwd, file);
  if (settings.length === 0) return { file, before, after: before ?? '', diff: [] };
  if (bytes && !Buffer.from(before ?? '', 'utf8').equals(bytes))
    throw unsure(shown, 'it is not UTF-8', settings);
  const edited = editYaml(before ?? heading, settings);
  if ('refused' in edited) throw unsure(shown, edited.refused, settings);
  parseConfig(edited.text, file, shown);
  return { file, before, after: edited.text, diff: lineDiff(before ?? '', edited.text) };
}

/**
 * Writes it, unless the file has changed since it was read.
 * @throws ToolError CONFIG_INVALID then; FILE_UNWRITABLE, DISK_FULL
 */
export async function writeChange(ctx: Ctx, { file, before, after, diff }: ConfigChange): Promise<void> {
  if (diff.length === 0) return;
  const now = (await readFileIfThere(file))?.toString('utf8');
  if (now !== before)
    throw new ToolError('CONFIG_INVALID', `${path.relative(ctx.cwd, file)} was changed meanwhile`, {
      hint: 'Run the same command again.',
    });
  // A link to a shared file stays a link, and its mode stays too.
  const real = before === undefined ? file : await fs.realpath(file);
  const mode = before === undefined ? {} : { mode: (await fs.stat(real)).mode & 0o777 };
  await writeFileAtomic(real, after, mode);
}

/** The file that was read for this build; without one, a new one beside go.mod. */
async function fileFor(ctx: Ctx, { build, what }: CompareRequest): Promise<string> {
  const places = build.consulted.filter((name) => path.basename(name) === 'coracle.yaml');
  for (const name of places) if (await there(name)) return name;
  for (const name of places) if (await there(path.join(path.dirname(name), 'go.mod'))) return name;
  return places[0] ?? path.resolve(ctx.cwd, what, 'coracle.yaml');
}

async function there(name: string): Promise<boolean> {
  return (await fs.lstat(name).catch(() => undefined)) !== undefined;
}

/** Of two that say the same key, the last: it is what all winners come to. */
function once(settings: readonly Setting[]): Setting[] {
  const all = new Map<string, Setting>();
  for (const setting of settings) {
    const key = setting.key.join('.');
    const had = all.get(key);
    if (had && 'items' in had && 'items' in setting)
      all.set(key, { key: setting.key, items: [...new Set([...had.items, ...setting.items])] });
    else all.set(key, setting);
  }
  return [...all.values()];
}

/** What the build does not do yet. */
function missing(setting: Setting, go: GoSettings): Setting[] {
  const [, name = '', variable = ''] = setting.key;
  if ('items' in setting) {
    const had = name === 'tags' ? go.tags : go.flags;
    const items = setting.items.filter((item) => !had.includes(item));
    return items.length > 0 ? [{ key: setting.key, items }] : [];
  }
  const has = { strip: go.strip, cgo: go.cgo, env: go.env[variable] }[name];
  return has === setting.value ? [] : [setting];
}

function unsure(shown: string, why: string, settings: readonly Setting[]): ToolError {
  const lines = settings.map((setting) =>
    'items' in setting
      ? `${setting.key.join('.')}: [${setting.items.join(', ')}]`
      : `${setting.key.join('.')}: ${String(setting.value)}`,
  );
  return new ToolError('CONFIG_INVALID', `${shown} is left as it is: ${why}`, {
    hint: `Put in by hand: ${lines.join('; ')}`,
  });
}
