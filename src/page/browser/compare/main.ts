/** The program of a comparison's page. It reads the page's data, builds the page, and then only answers to the reader. */
import type { ComparePage } from '../../compare/data.ts';
import { make } from '../dom.ts';
import { makeHeader } from '../header.ts';
import { makeHelp } from '../help.ts';
import { makeTheme } from '../theme.ts';
import { unpack } from '../unpack.ts';
import { makeCharts } from './charts.ts';
import { makeDecision } from './decision.ts';
import { makeFigures } from './figures.ts';
import { makeHoldings } from './holdings.ts';
import { listenToKeys, keyWords } from './keys.ts';
import { makeMethods } from './methods.ts';
import { makeNotes } from './notes.ts';
import { makePart } from './part.ts';

const data = document.querySelector<HTMLTemplateElement>('#data');
const place = document.querySelector('#page');
if (data && place) {
  const bytes = await unpack(data.content.textContent ?? '');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the writer of the page made it of this type
  const page = JSON.parse(new TextDecoder().decode(bytes)) as ComparePage;
  data.remove();
  start(page, place);
}

function start(page: ComparePage, place: Element): void {
  const chosen = page.methods.find((method) => method.chosen);
  const parts = [
    {
      id: 'decision',
      title: chosen ? `The method for ${page.title}: ${chosen.name}` : 'No method can be used',
      short: 'Decision',
      content: makeDecision(page),
    },
    {
      id: 'charts',
      title: 'Size and start',
      short: 'Charts',
      content: makeCharts(page),
    },
    {
      id: 'figures',
      title: 'All figures',
      short: 'Figures',
      content: makeFigures(page),
    },
    { id: 'holds', title: 'What each holds and lacks', short: 'Holds', content: makeHoldings(page) },
    {
      id: 'methods',
      title: 'The methods and their Dockerfiles',
      short: 'Dockerfiles',
      content: makeMethods(page),
    },
    { id: 'notes', title: 'Notes', short: 'Notes', content: makeNotes(page) },
  ].filter(({ content }) => content.length > 0);
  const theme = makeTheme(() => undefined);
  const help = makeHelp(
    keyWords,
    'A heading of the table of figures sorts it by that column; a second press turns the order.',
  );
  const links = parts.map(({ id, short }) => ({ id, title: short }));
  place.append(
    makeHeader(page, links, theme.toggle, () => help.showModal()),
    make('main', { class: 'sections' }, ...parts.map(makePart)),
    make('footer', {}, 'Made by Coracle. Everything on this page is in this one file.'),
    help,
  );
  listenToKeys(parts, { theme: theme.toggle, help: () => help.showModal() });
}
