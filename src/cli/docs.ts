import { configSchema } from '../config/schema.ts';
import { lockSchema } from '../config/lock.ts';
import { errorCodes } from '../core/error-codes.ts';
import { documentForms, documentSchema, type DocumentName } from '../render/schemas.ts';
import { configPage } from './config-docs.ts';
import { flagForm, flagHelp, groups } from './help.ts';
import { usage } from './parse.ts';
import { globalFlags, isFamily, type ActingVerb, type Flag, type Verb } from './verb.ts';
import { verbs } from './verbs.ts';

/** Every generated page, by its path below docs/. */
export async function allDocs(): Promise<Map<string, string>> {
  const all = await Promise.all(Object.values(verbs).map(async (load): Promise<Verb> => load()));
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ['verbs/README.md', index(all)],
    ...all.map((verb) => [`verbs/${verb.name}.md`, page(verb)] as const),
    ['errors.md', errors()],
    ['config.md', configPage(notice)],
    ['schemas/coracle.schema.json', json(configSchema)],
    ['schemas/coracle-lock.schema.json', json(lockSchema)],
    ...names().map((name) => [`schemas/${name}.schema.json`, json(documentSchema(name))] as const),
  ]);
}

function names(): DocumentName[] {
  return Object.keys(documentForms).filter((name): name is DocumentName =>
    Object.hasOwn(documentForms, name),
  );
}

const notice = '<!-- Made by scripts/docs.ts; change the table in src/ that it comes from. -->\n';

function index(all: readonly Verb[]): string {
  const lines = all.map((verb) => `| [${verb.name}](${verb.name}.md) | ${verb.summary} |`);
  return `${notice}
# Verbs

| verb | what it does |
|---|---|
${lines.join('\n')}

Every verb takes these flags:

${flagTable(globalFlags)}

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 a check found something, 2 wrong usage or
configuration, 3 it failed, 70 a bug of Coracle, 130 interrupted. Errors have stable codes, listed in [errors.md](../errors.md); what
\`--json\` prints is described in [schemas](../schemas). \`NO_COLOR\`, \`FORCE_COLOR\`, \`CI\` and \`TERM=dumb\` are honoured.
`;
}

function page(verb: Verb): string {
  if (!isFamily(verb)) return `${notice}\n# coracle ${verb.name}\n\n${body(verb, `coracle ${verb.name}`)}`;
  const members = verb.verbs.map(
    (each) => `## coracle ${verb.name} ${each.name}\n\n${body(each, `coracle ${verb.name} ${each.name}`)}`,
  );
  return `${notice}\n# coracle ${verb.name}\n\n${verb.description}\n\n${members.join('\n')}`;
}

function body(verb: ActingVerb, command: string): string {
  const parts = [
    verb.description,
    block('sh', usage({ command, flags: verb.flags, args: verb.args, rest: verb.rest })),
  ];
  if (verb.args.length > 0) {
    parts.push(
      `| argument | |\n|---|---|\n${verb.args.map((arg) => `| \`${arg.name}\` | ${cell(arg.help)} |`).join('\n')}`,
    );
  }
  for (const [group, flags] of groups(verb.flags)) parts.push(`**${group}**\n\n${flagTable(flags)}`);
  if (verb.examples.length > 0) {
    parts.push(
      block('sh', verb.examples.map(({ command: line, what }) => `# ${what}\n${line}`).join('\n\n')),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function flagTable(flags: readonly Flag[]): string {
  const keyed = flags.some((flag) => flag.config !== undefined);
  const lines = flags.map((flag) => {
    const key = flag.config === undefined ? '' : `\`${flag.config}\``;
    return `| \`${flagForm(flag)}\` | ${cell(flagHelp(flag))} |${keyed ? ` ${key} |` : ''}`;
  });
  const head = keyed ? '| flag | | in coracle.yaml |\n|---|---|---|' : '| flag | |\n|---|---|';
  return `${head}\n${lines.join('\n')}`;
}

function errors(): string {
  const sections = Object.entries(errorCodes).map(
    ([code, { exit, means }]) => `## ${code}\n\n${means} Exit code ${exit}.`,
  );
  return `${notice}
# Errors

An error says what happened, where, and what to do next:

${block('', 'error: coracle.yaml has no key "prots" [CONFIG_INVALID]\n  --> coracle.yaml:7:1\n  6 |   APP_ENV: production\n> 7 | prots: [8080]\n    | ^^^^^\nhint: Did you mean ports?')}

The code in brackets is stable: scripts may rely on it. With \`--json\` the error is also printed as a document
([schema](schemas/error.schema.json)). \`--debug\` adds stack traces. Exit codes: 0 done, 1 a check found something, 2 wrong usage or
configuration, 3 it failed, 70 a bug of Coracle, 130 interrupted.

${sections.join('\n\n')}
`;
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<|>/g, (mark) => (mark === '<' ? '&lt;' : '&gt;'));
}
