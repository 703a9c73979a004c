import type { Bar, Chart, ComparePage, MethodWords } from '../../compare/data.ts';
import { make } from '../dom.ts';
import { bestMark, methodName } from './part.ts';

/** Bars from nought, with the spread of several measurements as a line over the end of its bar. All numbers stand there as text. */
export function makeCharts({ charts, methods }: ComparePage): HTMLElement[] {
  if (charts.length === 0) return [];
  return [make('div', { class: 'charts' }, ...charts.map((chart) => makeChart(chart, methods)))];
}

function makeChart({ id, title, about, bars }: Chart, methods: readonly MethodWords[]): HTMLElement {
  const most = Math.max(...bars.map(({ value = 0, spread }) => spread?.[1] ?? value));
  const caption = make(
    'figcaption',
    { id: `chart-${id}` },
    make('strong', {}, title),
    make('span', { class: 'about' }, about),
  );
  const rows = methods.map((method, index) => makeBar(method, bars[index], most));
  return make(
    'figure',
    { 'data-chart': id },
    caption,
    make('ul', { 'aria-labelledby': `chart-${id}` }, ...rows),
  );
}

function makeBar(method: MethodWords, bar: Bar | undefined, most: number): HTMLLIElement {
  const { value, spread, text = '', best } = bar ?? {};
  if (value === undefined)
    return make('li', {}, methodName(method), make('span', { class: 'value none' }, text));
  const track = make('span', { class: 'track', 'aria-hidden': 'true' });
  const share = (amount: number): string => `${most > 0 ? (amount / most) * 100 : 0}%`;
  const filled = make('span', { class: method.failure ? 'bar failed' : 'bar' });
  filled.style.inlineSize = share(value);
  track.append(filled);
  if (spread) {
    const line = make('span', { class: 'spread' });
    line.style.insetInlineStart = share(spread[0]);
    line.style.inlineSize = share(spread[1] - spread[0]);
    track.append(line);
  }
  const figure = make('span', { class: 'value' }, text);
  if (best) figure.append(bestMark());
  return make('li', { class: method.chosen ? 'chosen' : undefined }, methodName(method), track, figure);
}
