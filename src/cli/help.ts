import { usage } from './parse.ts';
import { globalFlags, isFamily, type Flag, type FamilyVerb, type Verb } from './verb.ts';
import { isVerb, verbs } from './verbs.ts';
import { ToolError } from '../core/errors.ts';
import { wrap } from '../render/wrap.ts';

const width = 80;

/** Help on a verb named by its words (`build`; `toolchain`, `list`), or on all when there are none. @throws ToolError USAGE */
export async function helpFor(words: readonly string[]): Promise<string> {
  const [name, member] = words;
  if (name === undefined) return overview();
  if (!isVerb(name))
    throw new ToolError('USAGE', `coracle has no verb ${JSON.stringify(name)}`, {
      hint: 'coracle --help lists them.',
    });
  const verb: Verb = await verbs[name]();
  if (!isFamily(verb)) return verbHelp(verb, `coracle ${name}`);
  const acting = verb.verbs.find((each) => each.name === member);
  return acting ? verbHelp(acting, `coracle ${name} ${acting.name}`) : familyHelp(verb);
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(verbs).map(async (load): Promise<Verb> => load()));
  const lines = all.map((verb) => `  ${verb.name.padEnd(12)}${verb.summary}`);
  return [
    'From Go source to the smallest, safest container image.',
    '',
    'Usage: coracle VERB [flags] [arguments]',
    '',
    ...lines,
    '',
    'coracle VERB --help says more. Start with: coracle build',
    '',
  ].join('\n');
}

function familyHelp(verb: FamilyVerb): string {
  const lines = verb.verbs.map((each) => `  ${each.name.padEnd(12)}${each.summary}`);
  return [
    ...paragraphs(verb.description),
    '',
    `Usage: coracle ${verb.name} VERB [flags] [arguments]`,
    '',
    ...lines,
    '',
    examples(verb),
    '',
  ].join('\n');
}

function verbHelp(verb: Exclude<Verb, FamilyVerb>, command: string): string {
  const spec = { command, flags: verb.flags, args: verb.args, rest: verb.rest };
  const parts = [`Usage: ${usage(spec)}`, '', ...paragraphs(verb.description), ''];
  if (verb.args.length > 0) parts.push(...verb.args.map((arg) => entry(arg.name, arg.help)), '');
  for (const [group, flags] of groups([...verb.flags, ...globalFlags])) {
    parts.push(`${group}:`, ...flags.map((flag) => entry(flagForm(flag), flagHelp(flag))), '');
  }
  return `${parts.join('\n')}\n${examples(verb)}\n`;
}

function examples({ examples }: Verb): string {
  if (examples.length === 0) return '';
  return ['Examples:', ...examples.flatMap(({ command, what }) => [`  # ${what}`, `  ${command}`])].join(
    '\n',
  );
}

/** Flags that are shown, by their heading, in the table's order. */
export function groups(flags: readonly Flag[]): Map<string, Flag[]> {
  const all = new Map<string, Flag[]>();
  for (const flag of flags) {
    if (flag.hidden) continue;
    const group = flag.group ?? 'Flags';
    all.set(group, [...(all.get(group) ?? []), flag]);
  }
  return all;
}

/** `-t, --tag REF`, `--no-strip`. */
export function flagForm(flag: Flag): string {
  const long = flag.on ? `--no-${flag.name}` : `--${flag.name}`;
  return `${flag.short === undefined ? '' : `-${flag.short}, `}${long}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`;
}

/** What the flag does, what it takes, what it is by default. */
export function flagHelp(flag: Flag): string {
  const choices = flag.choices ? ` One of ${flag.choices.join(', ')}.` : '';
  const extra = [
    ...(flag.repeatable ? ['may be repeated'] : []),
    ...(flag.default === undefined ? [] : [`default ${flag.default}`]),
  ];
  return `${flag.help}${choices}${extra.length > 0 ? ` (${extra.join('; ')})` : ''}`;
}

function entry(form: string, help: string): string {
  const indent = 26;
  const lines = wrap(help, width - indent);
  const head = `  ${form}`;
  if (head.length + 2 > indent) return `${head}\n${indented(lines, indent)}`;
  return head.padEnd(indent) + indented(lines, indent).trimStart();
}

function indented(lines: readonly string[], columns: number): string {
  return lines.map((line) => ' '.repeat(columns) + line).join('\n');
}

function paragraphs(text: string): string[] {
  return text
    .split('\n\n')
    .map((each) => wrap(each, width).join('\n'))
    .join('\n\n')
    .split('\n');
}
