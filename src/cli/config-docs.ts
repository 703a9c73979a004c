import { configSchema } from '../config/schema.ts';
import type { Schema } from '../config/schema/kit.ts';

/** docs/config.md: every key of coracle.yaml, from the schema that checks it. */
export function configPage(notice: string): string {
  const all = Object.entries(configSchema.properties ?? {}).filter(([key]) => key !== 'environments');
  const image = all.filter(([key]) => key !== 'deploy');
  const { deploy } = configSchema.properties ?? {};
  return `${notice}
# coracle.yaml

One file for the image and for deploying it, beside go.mod or the Dockerfile. Every key is optional; what is not in the table is an error, with
the line and what was probably meant. Editors know the keys by the [JSON Schema](schemas/coracle.schema.json):

\`\`\`yaml
# yaml-language-server: $schema=https://…/coracle.schema.json
name: api
image: registry.example.com/team/api
deploy:
  hosts: [web1.example.com, web2.example.com]
  proxy: {domains: [api.example.com]}
\`\`\`

No more is needed to deploy. \`coracle config\` prints all that this comes to, \`coracle config --explain\` where each value comes from.

## Environments

\`environments:\` holds what differs, by name: any key of the file, \`deploy:\` as well as those of the image.

\`\`\`yaml
env: {LOG_LEVEL: info, REGION: eu}
deploy:
  hosts: [web1, web2]
  resources: {memory: 512MiB}
environments:
  staging:
    env: {LOG_LEVEL: debug}     # a map: REGION stays
    deploy:
      hosts: [stage]            # a list: replaced
      resources: {memory: null} # null: removed
  production: {}
\`\`\`

1. A map is merged with the map below it, key by key.
2. A list, a text, a number or a truth value replaces what is below it, whatever that is.
3. \`null\`, or a key without a value, removes what is below it. (In the file itself a key without a value says nothing.)
4. The result is checked as a file of its own: an environment may have what the rest lacks.

\`coracle deploy staging\`, \`coracle ship staging\` and \`coracle config staging\` name one; it need not be named where there is only one. \`build\`, \`lock\`, \`explain\` and
\`compare\` take \`--environment staging\`; without it \`environments:\` has no part in them. On hosts the service is called NAME-ENVIRONMENT, so environments can share hosts.

## What follows from other values

| value | when it is not given |
|---|---|
| \`name\` | the last word of \`image\`, else the directory's name |
| \`deploy.port\` | the first of \`ports\` that is one of TCP; else the one port that the image exposes; else 8080 |
| \`deploy.health.path\` | \`/\`, where any answer but a 5xx is well: it answers, and that is all that is known |
| \`deploy.health.status\` | \`200-399\` of a path that was chosen; \`200-499\` otherwise |
| \`deploy.judge.noData\` | \`pass\` with strategy \`all\`, which promised no watching; \`fail\` with \`rolling\` and \`canary\` |
| \`GOMEMLIMIT\` | 90 % of \`deploy.resources.memory\` |
| \`GOMAXPROCS\` | \`deploy.resources.cpus\` rounded up, at least 2, for Go before 1.25; later ones read the limit themselves |
| user, signal, command | those of the image |

The two variables are left alone when \`env\` or \`secrets\` of \`deploy\`, or the image's own environment, have them.

## Secrets

\`deploy.secrets\` says where values are, never what they are: a variable of the deployer's environment, a file beside coracle.yaml, or a command that
prints the value. All are read before anything starts, and all that are missing are named at once. One line end at the end of a file or of what a
command prints is not part of the value. A command runs without a shell, in the working directory, for at most a minute.

## Units

Sizes: \`512MiB\` (1024), \`500MB\` (1000), \`1.5GiB\`. Times: \`500ms\`, \`30s\`, \`1m30s\`, \`1h\`; ages also \`30d\`, \`2w\`. Shares: \`5%\`, or \`0.05\`.

## Compose files

\`coracle compose import\` makes a coracle.yaml of a compose file: the service that is built becomes yours, others of images become accessories, what runs to its
end before yours (\`service_completed_successfully\`) becomes a job. It lists by line what does not translate, and what is not quite the same. Variables that compose
takes from its environment become secrets; a value of \`.env\` is written down only where neither its name nor its use look like a secret.
\`coracle compose export ENV\` makes a compose file for one machine; what compose has no words for is kept below \`x-coracle\`, and import finds it again.

## Keys of deploy

${deploy ? table(rows(deploy, 'deploy')) : ''}

## Keys of the image

${table(image.flatMap(([key, schema]) => [row(key, schema), ...rows(schema, key)]))}
`;
}

interface Row {
  readonly key: string;
  readonly kind: string;
  readonly usual: string;
  readonly means: string;
}

/** The keys below a key. */
function rows(schema: Schema, prefix: string): readonly Row[] {
  const map = mapOf(schema);
  const { properties = {}, additionalProperties: each } = map ?? {};
  const below = Object.entries(properties).flatMap(([key, inner]) => {
    const name = `${prefix}.${key}`;
    return [row(name, inner), ...rows(inner, name), ...items(inner, name)];
  });
  return [...below, ...(each ? rows(each, `${prefix}.NAME`) : [])];
}

/** The keys of the maps in a list. */
function items(schema: Schema, name: string): readonly Row[] {
  const list = schema.type === 'array' ? schema : schema.anyOf?.find(({ type }) => type === 'array');
  return list?.items ? rows(list.items, `${name}[]`) : [];
}

function mapOf(schema: Schema): Schema | undefined {
  return schema.anyOf ? schema.anyOf.find(({ type }) => type === 'object') : schema;
}

function row(key: string, schema: Schema): Row {
  const { default: usual, description = '' } = schema;
  const shown = usual === undefined || JSON.stringify(usual) === '{}' ? '' : code(written(usual));
  return { key, kind: kindOf(schema), usual: shown, means: description };
}

function kindOf(schema: Schema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(kindOf))].join(' or ');
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  const words: Readonly<Record<string, string>> = {
    object: 'map',
    array: 'list',
    string: 'text',
    integer: 'number',
    number: 'number',
    boolean: 'yes or no',
  };
  return words[schema.type ?? ''] ?? '';
}

function written(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? `[${value.map(written).join(', ')}]` : JSON.stringify(value);
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(all: readonly Row[]): string {
  const lines = all.map(
    ({ key, kind, usual, means }) => `| \`${key}\` | ${kind} | ${usual} | ${cell(means)} |`,
  );
  return `| key | | default | |\n|---|---|---|---|\n${lines.join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
