import { stringify } from 'yaml';
import type { ExplainedSettings } from '../../deploy/settings/explain.ts';
import type { ExplainedValue, Source } from '../../config/explain.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { displayWidth } from '../width.ts';

/** Widest value in a column; longer ones are cut, as they are whole in the file. */
const widest = 60;

/** The final configuration as a coracle.yaml. */
export function renderFinal({ file, environment, service, config }: ExplainedSettings): string {
  const whose = environment === undefined ? file : `${file}, environment ${environment}`;
  const head = `# ${whose}${service === undefined ? '' : `; on hosts it is called ${service}`}`;
  return `${safe(head)}\n${safe(stringify(config, { lineWidth: 0 }))}`.trimEnd();
}

/** Each value with the line that it came from, in columns. */
export function renderExplained(explained: ExplainedSettings, style: Style): string {
  const rows = explained.values.map((value) => ({
    key: value.key,
    value: shown(value),
    source: value.source,
  }));
  const width = (of: (row: (typeof rows)[number]) => string): number =>
    Math.max(0, ...rows.map((row) => displayWidth(safe(of(row)))));
  const keys = width(({ key }) => key);
  const values = width(({ value }) => value);
  const environment = explained.environment ?? '';
  const lines = rows.map(({ key, value, source }) => {
    const line = `${padded(key, keys)}  ${padded(value, values)}  `;
    const from = safe(sourceText(source, environment));
    return source.from === 'file' ? line + from : line + style.dim(from);
  });
  const name =
    explained.service === undefined
      ? []
      : ['', `On hosts it is called ${style.bold(safe(explained.service))}.`];
  return [...lines, ...name].join('\n');
}

/** Where a value comes from, in words. */
export function sourceText(source: Source, environment: string): string {
  if (source.from === 'default') return 'default';
  if (source.from === 'derived') return `derived: ${source.why}`;
  return `${source.file}:${source.line}${source.environment ? ` (${environment})` : ''}`;
}

/** The document of --json. */
export function configDocument(explained: ExplainedSettings): { schema: string } & Record<string, unknown> {
  const { file, environment, environments, service, config, values } = explained;
  return {
    schema: 'coracle.config/v1',
    file,
    ...(environment !== undefined && { environment }),
    environments,
    ...(service !== undefined && { service }),
    config,
    values: values.map(({ key, value, source }) => ({ key, value, source })),
  };
}

function shown({ value }: ExplainedValue): string {
  const text = Array.isArray(value) ? `[${value.map(plain).join(', ')}]` : plain(value);
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}

/** On one line, and told from nothing. */
function plain(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  return value === '' || /[\n\t]|^\s|\s$/.test(value) ? JSON.stringify(value) : value;
}

function padded(text: string, width: number): string {
  const clean = safe(text);
  return clean + ' '.repeat(width - displayWidth(clean));
}
