import { stringify } from 'yaml';
import type { Exported, Imported, Note, Pin } from '../../compose/types.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';

/** The text of a coracle.yaml that was made of a compose file. */
export function importedYaml({ file, service, config }: Imported): string {
  const head = `# Made of the service ${service} of ${file} by coracle compose import.`;
  return safe(`${head}\n${stringify(config, { lineWidth: 0 })}`);
}

/** The text of a compose file. */
export function exportedYaml({ compose }: Exported): string {
  // Others read YAML 1.1, where yes, no and 22:22 without quotes are no text.
  const text = stringify(compose, { lineWidth: 0, version: '1.1' });
  return safe(`# Made by coracle compose export.\n${text}`);
}

/** What does not translate, and what is left to do, for people. */
export function renderNotes(
  notes: readonly Note[],
  pins: readonly Pin[],
  file: string | undefined,
  style: Style,
): string {
  const place = (line: number | undefined): string =>
    line === undefined || file === undefined ? '' : ` ${style.dim(safe(`${file}:${line}`))}`;
  const groups = [
    { title: 'Does not translate', kind: 'left out' },
    { title: 'Not quite the same', kind: 'differs' },
    { title: 'To do', kind: 'to do' },
  ] as const;
  const parts = groups.flatMap(({ title, kind }) => {
    const lines = notes
      .filter((note) => note.kind === kind)
      .map((note) => `  ${safe(note.key)}: ${safe(note.why)}${place(note.line)}`);
    return lines.length === 0 ? [] : [[style.bold(title), ...lines].join('\n')];
  });
  const pinned = pins.map(({ accessory, image, line }) => {
    const name = safe(image);
    return `  ${safe(accessory)}: ${name} needs its digest: ${style.cyan(`coracle inspect --json ${name}`)} says it${place(line)}`;
  });
  if (pinned.length > 0) parts.push([style.bold('To be pinned'), ...pinned].join('\n'));
  return parts.join('\n\n');
}
