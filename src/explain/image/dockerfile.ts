import type { ContainerConfig, History, ImageConfig } from '../../oci/types.ts';
import { instructionOf } from './history.ts';

const keywords =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s/;
/** What the config says of itself, and better than the history does. */
const fromConfig = /^(?:CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\s/;

/**
 * A Dockerfile that would make the like of an image. Its steps are the history's, its settings those of the config, which say how the
 * image is, not how it came to be; where files came from nobody knows any more, so COPY and ADD have a place that must be filled in.
 */
export function reconstructDockerfile(config: ImageConfig, name: string): string {
  const steps = (config.history ?? []).flatMap(stepOf);
  const settings = settingsOf(config.config ?? {});
  return [
    '# Reconstructed by Coracle from the history and config of an image; not the Dockerfile that made it.',
    `# Image: ${oneLine(name)}`,
    '# What COPY and ADD took is not in an image: their sources are placeholders.',
    'FROM scratch',
    ...(steps.length === 0 ? ['# The image has no history: how its files came to be is not known.'] : steps),
    ...(settings.length === 0 ? [] : ['', '# From the config:', ...settings]),
    '',
  ].join('\n');
}

function stepOf({ created_by, comment, empty_layer }: History): string[] {
  const text = instructionOf(created_by ?? '');
  if (text === '')
    return empty_layer === true
      ? []
      : [`# a layer of unknown origin${comment ? `: ${oneLine(comment)}` : ''}`, unknownLayer];
  if (fromConfig.test(text)) return [];
  if (/^(?:ADD|COPY)\s/.test(text)) return [copied(text)];
  if (/^RUN\s/.test(text)) return [run(text)];
  if (/^WORKDIR\s/.test(text)) return [oneLine(text)];
  if (/^ARG\s/.test(text)) return [/^ARG\s+[A-Za-z_]\w*(?:=\S*)?$/.test(text) ? text : `# ${oneLine(text)}`];
  if (/^MAINTAINER\s/.test(text)) return [`LABEL maintainer=${quoted(text.replace(/^MAINTAINER\s+/, ''))}`];
  // ko, Bazel, Buildpacks and our own Go builds: a layer that was put there as a whole.
  if (empty_layer === true || keywords.test(text)) return [`# ${oneLine(text)}`];
  return [`# ${oneLine(text)}`, unknownLayer];
}

const unknownLayer = 'COPY ["layer-of-unknown-source/", "/"]';

/** `COPY --from=x a b /c`, `ADD file:abc… in /`, `COPY /go/bin/x /x # buildkit`: only where it went is known for sure. */
function copied(text: string): string {
  // Docker's old builder wrote no space between a flag and the digest.
  const line = oneLine(text).replace(/(?<=^(?:ADD|COPY) --\S*?)(?=(?:file|dir|multi):[0-9a-f]{64} in )/, ' ');
  const [, keyword = 'COPY', flags = '', rest = ''] = /^(ADD|COPY)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
  const kept = flags.split(' ').filter((flag) => /^--(?:chown|chmod)=\S+$/.test(flag));
  const [what, to] = / in /.test(rest) ? splitLast(rest, ' in ') : splitLast(rest, ' ');
  const sources =
    /^(?:file|dir|multi):[0-9a-f]+$/.test(what) || what === '' ? ['source'] : what.split(' ').map(sourceOf);
  const many = sources.length > 1 && !to.endsWith('/') ? `${to}/` : to;
  return [keyword, ...kept, JSON.stringify([...sources.map(clean), clean(many === '' ? '/' : many)])].join(
    ' ',
  );
}

/** The text of a heredoc is not in the history. */
function sourceOf(word: string): string {
  return word.startsWith('<<') ? 'source' : word;
}

function splitLast(text: string, mark: string): [before: string, after: string] {
  const at = text.lastIndexOf(mark);
  return at === -1 ? ['', text.trim()] : [text.slice(0, at).trim(), text.slice(at + mark.length).trim()];
}

/** A command may have lines of its own, a heredoc too: what the shell got stands as one argument. */
function run(text: string): string {
  const command = text.replace(/^RUN\s+/, '').replace(/^(?:--(?:mount|network|security)=\S+\s+)+/, '');
  const plain = !/[\n\r]|<<|\\$/.test(command) && !command.startsWith('[') && !command.startsWith('--');
  return plain ? `RUN ${command}` : `RUN ${JSON.stringify(['/bin/sh', '-c', clean(command)])}`;
}

function settingsOf(config: ContainerConfig): string[] {
  const lines: string[] = [];
  const keys = (map: object | undefined): string[] => Object.keys(map ?? {});
  if (config.Shell) lines.push(`SHELL ${json(config.Shell)}`);
  for (const entry of config.Env ?? []) {
    const at = entry.indexOf('=');
    if (at > 0) lines.push(`ENV ${oneLine(entry.slice(0, at))}=${quoted(entry.slice(at + 1))}`);
  }
  for (const [key, value] of Object.entries(config.Labels ?? {}))
    lines.push(`LABEL ${quoted(key)}=${quoted(value)}`);
  if (keys(config.ExposedPorts).length > 0)
    lines.push(`EXPOSE ${keys(config.ExposedPorts).map(oneLine).join(' ')}`);
  if (keys(config.Volumes).length > 0) lines.push(`VOLUME ${json(keys(config.Volumes))}`);
  if (config.WorkingDir) lines.push(`WORKDIR ${oneLine(escaped(config.WorkingDir))}`);
  if (config.User) lines.push(`USER ${oneLine(escaped(config.User))}`);
  if (config.StopSignal) lines.push(`STOPSIGNAL ${oneLine(config.StopSignal)}`);
  lines.push(...healthcheck(config));
  for (const trigger of config.OnBuild ?? []) lines.push(`ONBUILD ${oneLine(trigger)}`);
  if (config.Entrypoint && config.Entrypoint.length > 0) lines.push(`ENTRYPOINT ${json(config.Entrypoint)}`);
  if (config.Cmd && config.Cmd.length > 0) lines.push(`CMD ${json(config.Cmd)}`);
  return lines;
}

function healthcheck({ Healthcheck: health }: ContainerConfig): string[] {
  if (!health) return [];
  const [kind, ...words] = health.Test;
  if (kind === 'NONE') return ['HEALTHCHECK NONE'];
  const times = [
    ['interval', health.Interval],
    ['timeout', health.Timeout],
    ['start-period', health.StartPeriod],
    ['start-interval', health.StartInterval],
  ] as const;
  const flags = times.flatMap(([flag, time]) => (time ? [`--${flag}=${time / 1e9}s`] : []));
  if (health.Retries) flags.push(`--retries=${health.Retries}`);
  if (kind === 'CMD' && words.length > 0)
    return [`${['HEALTHCHECK', ...flags].join(' ')} CMD ${json(words)}`];
  if (kind === 'CMD-SHELL')
    return [`${['HEALTHCHECK', ...flags].join(' ')} CMD ${json(['/bin/sh', '-c', words.join(' ')])}`];
  return [];
}

function json(words: readonly string[]): string {
  return JSON.stringify(words.map(clean));
}

/** A value as Dockerfiles quote it: a dollar is no variable any more. */
function quoted(text: string): string {
  return `"${oneLine(text).replaceAll(/["\\$]/g, String.raw`\$&`)}"`;
}

function escaped(text: string): string {
  return text.replaceAll('$', String.raw`\$`);
}

/** Without what would end the line, or continue it with the next. */
function oneLine(text: string): string {
  return clean(text)
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replace(/\\+\s*$/, '')
    .trim();
}

// oxlint-disable-next-line no-control-regex -- what no Dockerfile and no terminal should see
const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;

function clean(text: string): string {
  return text.replaceAll(control, '').toWellFormed();
}
