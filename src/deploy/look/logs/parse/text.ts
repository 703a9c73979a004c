import type { Entry, Level } from '../line.ts';
import { parseObject } from './json.ts';
import { levelOf } from './level.ts';

/** zap's console form: time, level, maybe a logger and a caller, the message, and the fields as JSON; all apart by tabs. */
const zap =
  /^[^\t]{4,40}\t(DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL|debug|info|warn|error|dpanic|panic|fatal)\t(.*)$/s;
/** klog: `W1122 00:45:12.123456       1 server.go:12] words`. */
const klog = /^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [^\]\s]+\] (.*)$/s;
/** Gin's access log, whose level is the status. */
const gin = /^\[GIN\] .{19,24} \| *(\d{3}) \|/;
/** A word for the level near the beginning, after a time or in brackets. */
const worded =
  /^(?:[\d/:.,TZ+ -]{0,40})[[(<]?(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|PANIC|CRITICAL)[\])>]?(?=[:\s|-])/;
const broken = /^(?:panic: |fatal error: |\[GIN-debug\] \[ERROR\]|runtime: out of memory)/;

const klogLevels: Readonly<Record<string, Level>> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' };

/** A line that is no data: what can be said of its level. Its words stay as they are. */
export function readText(text: string): Entry {
  const console = zap.exec(text);
  if (console) return fromZap(console[1] ?? '', console[2] ?? '');
  const klogged = klog.exec(text);
  if (klogged) return { level: klogLevels[klogged[1] ?? ''], message: klogged[2] ?? '', fields: [] };
  return { level: levelIn(text), message: text, fields: [] };
}

function levelIn(text: string): Level | undefined {
  if (broken.test(text)) return 'fatal';
  const status = gin.exec(text)?.[1];
  if (status !== undefined) return status >= '500' ? 'error' : 'info';
  return levelOf(worded.exec(text)?.[1]);
}

function fromZap(level: string, rest: string): Entry {
  const parts = rest.split('\t');
  const data = parts.length > 1 ? parseObject(parts.at(-1) ?? '') : undefined;
  const words = data ? parts.slice(0, -1) : parts;
  const before = words.slice(0, -1).map((part) => [/:\d+$/.test(part) ? 'caller' : 'logger', part] as const);
  return {
    level: levelOf(level),
    message: words.at(-1) ?? '',
    fields: [...before, ...Object.entries(data ?? {})],
  };
}
