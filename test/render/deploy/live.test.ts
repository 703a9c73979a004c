import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { phases, type Event, type HostPhase, type Traffic } from '../../../src/core/event.ts';
import {
  emptyLive,
  rates,
  standingOf,
  takeHost,
  takeTraffic,
} from '../../../src/render/deploy/live-state.ts';
import { finalTable, liveTable } from '../../../src/render/deploy/live-table.ts';
import { plainView } from '../../../src/render/plain.ts';
import { styleFor } from '../../../src/render/style.ts';
import { ascii, unicode, type Screen } from '../../../src/render/tty-lines.ts';
import { ttyView } from '../../../src/render/tty.ts';
import { displayWidth } from '../../../src/render/width.ts';

const screen: Screen = { columns: 80, rows: 24, style: styleFor(false), glyphs: unicode };

const cell = (
  host: string,
  phase: HostPhase['phase'],
  state: HostPhase['state'],
  at: number,
  note?: string,
): HostPhase => ({ kind: 'host', host, phase, state, at, ...(note === undefined ? {} : { note }) });

const traffic = (at: number, share: number, requests: number, more: Partial<Traffic> = {}): Traffic => ({
  kind: 'traffic',
  at,
  share,
  fresh: { requests, errors: 0, latency: 12 },
  old: { requests: requests * 3, errors: 0, latency: 11 },
  left: 80_000,
  ...more,
});

function after(...events: readonly Event[]) {
  const state = emptyLive();
  for (const event of events) {
    if (event.kind === 'host') takeHost(state, event);
    if (event.kind === 'traffic') takeTraffic(state, event);
  }
  return state;
}

/** A host that has come through the phases before one. */
const through = (host: string, before: HostPhase['phase']): HostPhase[] =>
  phases
    .slice(0, phases.indexOf(before))
    .flatMap((phase) => [cell(host, phase, 'started', 0), cell(host, phase, 'done', 400)]);

describe('the table', () => {
  test('hosts are rows, phases are columns, with notes or the time that each took', () => {
    const state = after(
      ...through('web1', 'shift'),
      cell('web1', 'image', 'done', 900, '5.8 MB'),
      cell('web1', 'shift', 'started', 1000, '25 %'),
      cell('web2', 'connect', 'started', 500),
    );
    expect(liveTable(state, 1000, screen, 20)).toEqual([
      '       connect  image     start    prove    shift   confirm  retire',
      ' web1  ✓ 0.4 s  ✓ 5.8 MB  ✓ 0.4 s  ✓ 0.4 s  ⠹ 25 %  ·        ·',
      ' web2  ⠹ 0.5 s  ·         ·        ·        ·       ·        ·',
    ]);
  });

  test('without UTF-8 all of it is ASCII', () => {
    const state = after(
      ...through('web1', 'shift'),
      cell('web1', 'shift', 'undone', 1000, '5 % errors are more than the 1 % that the config allows'),
      traffic(1000, 25, 10),
    );
    const lines = liveTable(state, 1000, { ...screen, glyphs: ascii, columns: 74 }, 20);
    // oxlint-disable-next-line no-control-regex
    expect(lines.join('\n')).toMatch(/^[\u0000-\u007F]*$/);
    expect(lines[1]).toContain('< 5 % er');
  });

  test('why a host failed has the rest of its line', () => {
    const why = 'not ready after 30 s: 503 of /healthz';
    const state = after(...through('web1', 'prove'), cell('web1', 'prove', 'failed', 3000, why));
    expect(liveTable(state, 4000, screen, 20)[1]).toBe(` web1  ✓ 0.4 s  ✓ 0.4 s  ✓ 0.4 s  ✗ ${why}`);
  });

  test('what is finished gives way to what is under way', () => {
    const state = after(
      ...through('web1', 'shift'),
      cell('web1', 'prove', 'done', 900, 'ready in 0.4 s, then well for 5 s'),
      cell('web1', 'shift', 'started', 1000, '25 % of all hosts'),
    );
    const [, row = ''] = liveTable(state, 1000, screen, 20);
    expect(row).toContain('25 % of all hosts');
    expect(row).toContain('✓ 0.9 s');
  });

  test('of many hosts those that failed and those at work are shown, the rest is counted', () => {
    const hosts = Array.from({ length: 40 }, (_, index) => `h${String(index).padStart(2, '0')}`);
    const state = after(
      ...hosts.flatMap((host) => [...through(host, 'confirm'), cell(host, 'confirm', 'done', 9)]),
      cell('h31', 'retire', 'failed', 10, 'did not stop'),
      cell('h33', 'retire', 'started', 10),
      cell('h50', 'connect', 'started', 1),
      cell('h50', 'connect', 'done', 2),
    );
    const lines = liveTable(state, 20, screen, 6);
    expect(lines).toHaveLength(6);
    expect(lines.slice(1, -1).map((line) => line.trim().split(' ')[0])).toEqual(['h00', 'h31', 'h33', 'h50']);
    expect(lines.at(-1)).toBe(' and 37 more hosts: 37 done');
    expect(finalTable(state, 20, screen)).toHaveLength(42);
  });

  test('figures of new and old stand under each other, with the time that is left', () => {
    const state = after(
      cell('web1', 'shift', 'started', 0),
      traffic(1000, 25, 100),
      traffic(2000, 25, 400, {
        fresh: { requests: 400, errors: 20, latency: 120.4 },
        old: { requests: 1204, errors: 0, latency: 8.25 },
      }),
    );
    expect(liveTable(state, 12_500, screen, 20).slice(-2)).toEqual([
      ' new  25 %    400 requests  300/s  20 errors (5.0 %)  120 ms   ━━━───────',
      ' old  75 %  1,204 requests  904/s           0 errors  8.3 ms   1 m 10 s left',
    ]);
  });

  test('figures that nobody renews are taken away', () => {
    const state = after(cell('web1', 'shift', 'started', 0), traffic(1000, 25, 100));
    expect(liveTable(state, 2000, screen, 20)).toHaveLength(5);
    expect(liveTable(state, 60_000, screen, 20)).toHaveLength(2);
  });

  test('a first release has no old one', () => {
    const state = after(
      cell('web1', 'shift', 'started', 0),
      traffic(1000, 100, 7, { old: undefined, fresh: { requests: 7, errors: 0, latency: undefined } }),
    );
    const text = liveTable(state, 1000, screen, 20).join('\n');
    expect(text).toContain('new  100 %  7 requests  -/s  0 errors  - ms');
    expect(text).not.toContain('old');
  });

  test('no line is wider than the window and no picture higher, whatever hosts say', () => {
    const words = fc.string({
      unit: fc.constantFrom('a', '漢', '🐳', 'e\u0301', '\t', '\n', '\u001B[31m', 'https://u:p@h/ ', ' '),
    });
    const event = fc.oneof(
      fc.record({
        kind: fc.constant('host' as const),
        host: words,
        phase: fc.constantFrom(...phases),
        state: fc.constantFrom('started' as const, 'done' as const, 'failed' as const, 'undone' as const),
        at: fc.nat(100_000),
        note: words,
      }),
      fc
        .tuple(fc.nat(100_000), fc.nat(100), fc.nat(1e9))
        .map(([at, share, requests]) => traffic(at, share, requests)),
    );
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 30 }),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 1, max: 30 }),
        (events, columns, room) => {
          const state = after(...events);
          const window = { ...screen, columns };
          const lines = liveTable(state, 50_000, window, room);
          expect(lines.length).toBeLessThanOrEqual(room);
          for (const line of [...lines, ...finalTable(state, 50_000, window)]) {
            expect(displayWidth(line)).toBeLessThan(columns);
            expect(line).not.toMatch(/\p{Cc}|u:p/u);
          }
        },
      ),
    );
  });
});

describe('the state', () => {
  test('requests a second are those of the last five seconds of this step', () => {
    const state = after(traffic(0, 5, 1000), traffic(10_000, 25, 0), traffic(11_000, 25, 50));
    expect(rates(state)).toEqual({ fresh: 50, old: 150 });
    for (let second = 12; second <= 30; second++) takeTraffic(state, traffic(second * 1000, 25, 50));
    expect(rates(state)).toEqual({ fresh: 0, old: 0 });
    takeTraffic(state, traffic(31_000, 25, 3));
    expect(rates(state)).toBeUndefined();
  });

  test('a phase that goes on keeps its beginning, one that begins again has a new one', () => {
    const state = after(
      cell('a', 'shift', 'started', 10, '5 %'),
      cell('a', 'shift', 'started', 20, '25 %'),
      cell('a', 'shift', 'done', 30),
    );
    expect(state.hosts.get('a')?.cells.shift).toEqual({
      state: 'done',
      startedAt: 10,
      endedAt: 30,
      note: '25 %',
    });
    takeHost(state, cell('a', 'shift', 'started', 50));
    expect(state.hosts.get('a')?.cells.shift).toMatchObject({ startedAt: 50, note: undefined });
  });

  test('a host stands as its worst phase does', () => {
    const standing = (...events: readonly HostPhase[]): string | undefined => {
      const host = after(...events).hosts.get('a');
      return host && standingOf(host);
    };
    expect(standing(...through('a', 'shift'))).toBe('waiting');
    expect(standing(...through('a', 'shift'), cell('a', 'shift', 'started', 1))).toBe('running');
    expect(standing(...through('a', 'confirm'), cell('a', 'shift', 'undone', 1))).toBe('undone');
    expect(standing(...through('a', 'shift'), cell('a', 'prove', 'failed', 1))).toBe('failed');
    expect(standing(...through('a', 'retire'))).toBe('done');
  });
});

describe('on a terminal', () => {
  test('the table is redrawn in place, warnings stay above it, and at its end it is left there whole', () => {
    let written = '';
    let now = 1000;
    let redraw = (): void => undefined;
    const view = ttyView({
      write: (text) => {
        written += text;
      },
      screen: () => screen,
      now: () => now,
      onResize: (draw) => {
        redraw = draw;
        return () => undefined;
      },
    });
    view.event(cell('web1', 'connect', 'started', 1000));
    view.event(traffic(1000, 25, 10));
    redraw();
    view.event({ kind: 'warning', message: 'the registry did not answer' });
    view.event(cell('web1', 'connect', 'done', 1400));
    now = 1500;
    redraw();
    const before = written.length;
    view.end();
    expect(written).toContain('new  25 %');
    // Up over heading, host, empty line, two lines of figures.
    expect(written).toContain('\u001B[5A\rwarning: the registry did not answer');
    const last = written.slice(before);
    expect(last).toContain('✓ 0.4 s');
    expect(last).not.toContain('new  25 %');
    expect(last.endsWith('\u001B[?25h')).toBe(true);
  });
});

describe('as lines', () => {
  test('each change is one line with its time, figures come every five seconds', () => {
    let text = '';
    const view = plainView((part) => {
      text += part;
    });
    const at = Date.UTC(2026, 10, 22, 12, 3, 4);
    view.event(cell('web1', 'image', 'started', at));
    view.event(cell('web1', 'image', 'done', at + 700, '5.8 MB'));
    view.event(cell('web1', 'prove', 'started', at + 1000));
    view.event(cell('web1', 'prove', 'failed', at + 31_000, '503\u001B[2J of /healthz\nno'));
    for (let second = 0; second < 12; second++) view.event(traffic(at + second * 1000, 25, second * 100));
    view.event(traffic(at + 12_000, 100, 2, { old: undefined, left: 0 }));
    view.end();
    expect(text.split('\n')).toEqual([
      '12:03:04Z web1 image began',
      '12:03:04Z web1 image DONE 0.7s (5.8 MB)',
      '12:03:05Z web1 prove began',
      '12:03:35Z web1 prove FAILED 30.0s (503 of /healthz no)',
      '12:03:04Z 25 % to the new: 0 requests, 0 errors, 12 ms; old: 0 requests, 0 errors, 11 ms; 1 m 20 s left',
      '12:03:09Z 25 % to the new: 500 requests, 0 errors, 12 ms; old: 1,500 requests, 0 errors, 11 ms; 1 m 20 s left',
      '12:03:14Z 25 % to the new: 1,000 requests, 0 errors, 12 ms; old: 3,000 requests, 0 errors, 11 ms; 1 m 20 s left',
      '12:03:16Z 100 % to the new: 2 requests, 0 errors, 12 ms',
      '',
    ]);
  });
});
