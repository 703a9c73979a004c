import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryReader, readEntry } from '../../../../src/deploy/look/logs/parse/entry.ts';
import { levelOf } from '../../../../src/deploy/look/logs/parse/level.ts';

describe('forms of lines', () => {
  test.each([
    [
      'slog JSON',
      '{"time":"2026-11-22T00:45:12.1Z","level":"WARN","msg":"slow","took":1.5,"request":{"id":7}}',
      'warn',
      'slow',
      [
        ['took', 1.5],
        ['request', { id: 7 }],
      ],
    ],
    [
      'slog text',
      'time=2026-11-22T00:45:12.123Z level=INFO+2 msg="hello \\"world\\"" path=/a?b=c',
      'info',
      'hello "world"',
      [['path', '/a?b=c']],
    ],
    [
      'zap JSON',
      '{"level":"dpanic","ts":1763772312.1,"caller":"main.go:1","msg":"no"}',
      'fatal',
      'no',
      [['caller', 'main.go:1']],
    ],
    [
      'zap console',
      '2026-11-22T00:45:12.123Z\tERROR\tapi\tserver/main.go:31\tfailed to x\t{"time": 3, "user": "ana"}',
      'error',
      'failed to x',
      [
        ['logger', 'api'],
        ['caller', 'server/main.go:31'],
        ['time', 3],
        ['user', 'ana'],
      ],
    ],
    [
      'zerolog',
      '{"level":"error","error":"no such host","time":1763772312,"message":"lookup"}',
      'error',
      'lookup',
      [['error', 'no such host']],
    ],
    [
      'logrus text',
      'time="2026-11-22T00:45:12Z" level=warning msg="went\\nwrong" err="a\\tb"',
      'warn',
      'went\nwrong',
      [['err', 'a\tb']],
    ],
    ['pino', '{"level":50,"time":1763772312000,"pid":1,"msg":"x"}', 'error', 'x', [['pid', 1]]],
    ['ECS', '{"@timestamp":"2026-11-22T00:45:12Z","log.level":"info","message":"m"}', 'info', 'm', []],
    ['klog', 'W1122 00:45:12.123456       1 server.go:12] slow disk', 'warn', 'slow disk', []],
    [
      'Gin, well',
      '[GIN] 2026/11/22 - 00:45:12 | 200 |      12.3µs |       127.0.0.1 | GET      "/ping"',
      'info',
      '[GIN] 2026/11/22 - 00:45:12 | 200 |      12.3µs |       127.0.0.1 | GET      "/ping"',
      [],
    ],
    [
      'Gin, broken',
      '[GIN] 2026/11/22 - 00:45:12 | 503 |      12.3µs |       127.0.0.1 | GET      "/ping"',
      'error',
      '[GIN] 2026/11/22 - 00:45:12 | 503 |      12.3µs |       127.0.0.1 | GET      "/ping"',
      [],
    ],
    ['a word', '2026/11/22 00:45:12 [WARN] disk', 'warn', '2026/11/22 00:45:12 [WARN] disk', []],
    ['a word first', 'ERROR: no', 'error', 'ERROR: no', []],
    ['a word in a sentence', 'no ERROR: here', undefined, 'no ERROR: here', []],
    ['plain', 'listening on :8080', undefined, 'listening on :8080', []],
    ['not quite JSON', '{"level":"info"', undefined, '{"level":"info"', []],
    ['a list', '["level"]', undefined, '["level"]', []],
    ['an assignment in words', 'x=1 is less than y', undefined, 'x=1 is less than y', []],
    ['a query', 'a=b&c=d', undefined, 'a=b&c=d', []],
  ])('%s', (_, line, level, message, fields) => {
    expect(readEntry(line)).toEqual({ level, message, fields });
  });

  test('the digits of an id that is longer than a double stay', () => {
    const { fields } = readEntry(
      '{"msg":"m","id":1234567890123456789,"n":12,"deep":{"x":98765432109876543210}}',
    );
    expect(fields).toEqual([
      ['id', '1234567890123456789'],
      ['n', 12],
      ['deep', { x: '98765432109876543210' }],
    ]);
  });

  test('a level that is none stays a field', () => {
    expect(readEntry('{"level":"seven","msg":"m"}')).toEqual({
      level: undefined,
      message: 'm',
      fields: [['level', 'seven']],
    });
    expect(levelOf(0)).toBeUndefined();
    expect(levelOf(700)).toBeUndefined();
    expect(levelOf('constructor')).toBeUndefined();
  });
});

describe('properties', () => {
  const name = fc
    .stringMatching(/^[a-z][a-z0-9_.]{0,12}$/)
    .filter(
      (key) =>
        !/^(?:time|ts|timestamp|t|datetime|level|lvl|severity|log\.level|levelname|l|msg|message|m)$/.test(
          key,
        ),
    );

  test('what a JSON logger wrote is read back', () => {
    const value = fc.oneof(fc.string(), fc.integer({ min: -1e9, max: 1e9 }), fc.boolean());
    fc.assert(
      fc.property(fc.string(), fc.dictionary(name, value), (msg, fields) => {
        const entry = readEntry(JSON.stringify({ time: 'x', level: 'info', msg, ...fields }));
        expect(entry).toEqual({ level: 'info', message: msg, fields: Object.entries({ ...fields }) });
      }),
    );
  });

  test('what a logfmt logger wrote is read back', () => {
    // Go's strconv.Quote for the characters that these strings have.
    const quote = (text: string): string =>
      /^[\w./:-]+$/.test(text)
        ? text
        : `"${text
            .replaceAll(/["\\]/g, (char) => `\\${char}`)
            .replaceAll('\n', String.raw`\n`)
            .replaceAll('\t', String.raw`\t`)}"`;
    const value = fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', '\\', '\n', '\t', ' ', '=', 'é', '😀'),
        fc.stringMatching(/^[a-z]$/),
      ),
    });
    fc.assert(
      fc.property(value, fc.dictionary(name, value), (msg, fields) => {
        const pairs = Object.entries(fields).map(([key, text]) => ` ${key}=${quote(text)}`);
        const entry = readEntry(`level=error msg=${quote(msg)}${pairs.join('')}`);
        expect(entry).toEqual({ level: 'error', message: msg, fields: Object.entries(fields) });
      }),
    );
  });

  test('any line gives an entry, and soon', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc
        .constantFrom('(', '[', '{"a":', '"', '\\', 'a="', 'goroutine ', ' ', '\t', '=')
        .map((part) => part.repeat(200_000).slice(0, 200_000)),
    );
    const read = entryReader();
    fc.assert(
      fc.property(hostile, (line) => {
        read('panic: x');
        const { message, fields } = read(line);
        expect(typeof message === 'string' && Array.isArray(fields)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

test('a trace has the level of the panic that it belongs to, a later line has not', () => {
  const read = entryReader();
  const levels = [
    'listening',
    'panic: runtime error: index out of range [5]',
    '',
    'goroutine 1 [running]:',
    'main.handler(...)',
    '\t/src/main.go:12 +0x1d',
    'exit status 2',
    'listening',
    '  indented',
  ].map((line) => read(line).level);
  expect(levels).toEqual([
    undefined,
    'fatal',
    'fatal',
    'fatal',
    'fatal',
    'fatal',
    'fatal',
    undefined,
    undefined,
  ]);
});
