import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageAssets } from '../../src/page/assets.ts';
import { comparePage } from '../../src/page/compare/content.ts';
import { figureText } from '../../src/render/compare/figures.ts';
import { comparison, withBuildTimes } from '../render/compare/fixture.ts';
import { noBrowser, startBrowser, type Bench, type Opened } from './browser.ts';
import { hostileNames } from './generate.ts';

const whole = comparison();
const timed = withBuildTimes();
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

describe.skipIf(noBrowser !== undefined)("a comparison's page in Chromium", () => {
  let browser: Bench;
  /** For what changes nothing. */
  let opened: Opened;
  beforeAll(async () => {
    browser = await startBrowser();
    opened = await browser.open(whole);
  });
  afterAll(() => browser.close());

  test('the decision stands first, with its reasons and the way there; nothing is asked of a network', async () => {
    const { page, complaints } = opened;
    expect(await page.title()).toBe('gin-api – ways to package it, compared');
    expect(await page.locator('h2').first().innerText()).toBe('The method for gin-api: coracle');
    expect(await page.locator('.facts').innerText()).toContain('4.4 MB');
    expect(await page.locator('#decision .reasons li').allInnerTexts()).toEqual([...whole.decision.reasons]);
    const steps = await page.locator('#decision .path li').allInnerTexts();
    expect(steps).toHaveLength(whole.decision.path.length);
    expect(steps[0]).toMatch(/Does the program compile C\? no\s+CGO_ENABLED=0/);
    expect(complaints).toEqual([]);
  });

  test('bars are as long as their figures, all of one chart on one scale, with their spread and their number', async () => {
    const { page } = opened;
    for (const [name, widest] of [
      ['size', 312_400_000],
      ['start', 31.4],
    ] as const) {
      const chart = page.locator(`[data-chart=${name}]`);
      const bars = await chart.locator('li').evaluateAll((rows: readonly Box[]) =>
        rows.map((row) => {
          const width = (selector: string): number =>
            row.querySelector(selector)?.getBoundingClientRect().width ?? 0;
          return {
            bar: width('.bar'),
            spread: width('.spread'),
            track: width('.track'),
            text: row.textContent,
          };
        }),
      );
      expect(new Set(bars.map(({ track }) => Math.round(track)).filter((track) => track > 0)).size).toBe(1);
      for (const [index, { figures, failure }] of whole.results.entries()) {
        const { bar = 0, track = 0, spread = 0, text = '' } = bars[index] ?? {};
        const figure = figures[name];
        if (!('value' in figure)) {
          expect(bar).toBe(0);
          expect(text).toContain(failure?.phase === 'build' ? 'cannot be built' : 'does not start');
          continue;
        }
        expect(bar).toBeCloseTo(Math.max(2, (figure.value / widest) * (track - 1)), -0.5);
        const [least, most] = figure.spread ?? [0, 0];
        if (figure.spread) expect(spread).toBeCloseTo(((most - least) / widest) * (track - 1), -0.5);
        expect(text).toContain(figureText(name === 'size' ? 'bytes' : 'milliseconds', figure));
      }
    }
  });

  test('the table sorts by each figure, numbers as numbers, and what is missing stands last both ways', async () => {
    const { page, close } = await browser.open(whole);
    expect(await methods(page)).toEqual(whole.results.map(({ name }) => name));
    const by = (name: string): Promise<void> =>
      page.locator('#figures').getByRole('button', { name, exact: true }).click();
    const size = (name: string | null): number => {
      const figure = whole.results.find((result) => result.name === name)?.figures.size;
      return figure && 'value' in figure ? figure.value : Infinity;
    };
    await by('size');
    const sorted = await methods(page);
    expect(sorted).toEqual(sorted.toSorted((a, b) => size(a) - size(b)));
    expect(sorted.at(-1)).toBe('distalpine');
    expect(await page.locator('#figures th[aria-sort=ascending]').innerText()).toContain('size');
    await by('size');
    expect((await methods(page)).slice(0, 2)).toEqual(['toolchain', 'distro']);
    expect((await methods(page)).at(-1)).toBe('distalpine');
    await by('method');
    expect(await methods(page)).toEqual(whole.results.map(({ name }) => name).toSorted());
    await close();
  });

  test('the best is marked by a sign, a dash leads to its reason, a method that fails says so in its row', async () => {
    const { page } = opened;
    const row = (name: string) => page.locator(`#figures tr[data-method=${name}]`);
    expect(await row('coracle').getByRole('img', { name: 'best' }).count()).toBeGreaterThan(4);
    expect(await row('toolchain').getByRole('img', { name: 'best' }).count()).toBe(0);
    expect(await row('coracle').innerText()).toContain('chosen');
    expect(await row('scratch').innerText()).toContain('does not start for want of a CA bundle');
    const link = row('alpine').getByRole('link');
    const reason = page.locator(`#figures ${(await link.getAttribute('href')) ?? ''}`);
    expect(await reason.innerText()).toBe('the processes ended before their memory could be read');
  });

  test('times of builds are columns when they were measured', async () => {
    const more = await browser.open(timed);
    const columns = async (page: Page): Promise<string[]> =>
      page.locator('#figures thead th').allInnerTexts();
    expect(await columns(opened.page)).not.toContain('cold build');
    expect(await columns(more.page)).toEqual([...(await columns(opened.page)), ...timesOfBuilds]);
    await more.close();
  });

  test('what each image holds and lacks: one row for a thing, one column for a method', async () => {
    const { page } = opened;
    const cells = async (name: string): Promise<string[]> =>
      page
        .locator('#holds tr', { has: page.getByRole('rowheader', { name, exact: true }) })
        .locator('td')
        .allInnerTexts();
    expect(await cells('CA bundle')).toEqual([
      ...Array<string>(3).fill('✓ /etc/ssl/certs/ca-certificates.crt'),
      'none',
      'no image',
      ...Array<string>(2).fill('✓ /etc/ssl/certs/ca-certificates.crt'),
    ]);
    expect(await cells('a shell')).toEqual([
      '! /bin/bash',
      '! /bin/bash',
      '! /bin/sh',
      'none',
      'no image',
      'none',
      'none',
    ]);
  });

  test('each Dockerfile is there to open with the keyboard; those that failed are open and say why', async () => {
    const { page, close } = await browser.open(whole);
    const recipe = page.locator('details[data-method=coracle]');
    expect(await recipe.locator('pre').isVisible()).toBe(false);
    await recipe.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await recipe.locator('pre').innerText()).toBe(whole.results.at(-1)?.dockerfile);
    const failed = page.locator('details[data-method=scratch]');
    expect(await failed.locator('.failure').innerText()).toContain('https://auth.example.com');
    expect(await failed.locator('.said').innerText()).toBe(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority\nexit status 1',
    );
    await close();
  });

  test('keys lead to the parts, turn light to dark and show what keys there are', async () => {
    const { page, complaints, close } = await browser.open(whole);
    await page.keyboard.press('3');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('All figures');
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toContain('method');
    const theme = (): Promise<string | null> => page.locator('html').getAttribute('data-theme');
    expect(await theme()).toBe('light');
    await page.keyboard.press('t');
    expect(await theme()).toBe('dark');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').innerText()).toContain('light or dark');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test.each(['light', 'dark'] as const)(
    'text and bars can be told from what lies behind them: %s',
    async (colorScheme) => {
      const { page, close } = await browser.open(whole, { colorScheme });
      for (const [selector, least] of [
        ['.about', 4.5],
        ['.star', 4.5],
        ['.failure', 4.5],
        ['.badge', 4.5],
        ['.no', 4.5],
        ['.because', 4.5],
      ] as const) {
        expect([selector, (await contrast(page, selector, 'color')) >= least]).toEqual([selector, true]);
      }
      expect((await contrast(page, '.chosen .bar', 'backgroundColor')) >= 3).toBe(true);
      expect((await contrast(page, '.bar', 'backgroundColor')) >= 2.8).toBe(true);
      await close();
    },
  );

  test('on a phone nothing is wider than the screen but tables, which scroll by themselves', async () => {
    const { page, complaints, close } = await browser.open(timed, phone);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    expect(await page.locator('.figures').evaluate((one: Box) => one.scrollWidth > one.clientWidth)).toBe(
      true,
    );
    const narrow = await page
      .locator('[data-chart] .track')
      .evaluateAll(
        (all: readonly Box[]) => all.filter((one) => one.getBoundingClientRect().width < 300).length,
      );
    expect(narrow).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('on paper: white, all Dockerfiles open, no buttons, nothing cut at the edge', async () => {
    const { page, close } = await browser.open(timed, {
      viewport: { width: 794, height: 1123 },
      colorScheme: 'dark',
    });
    await page.evaluate('void window.dispatchEvent(new Event("beforeprint"))');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
    expect(await page.locator('.buttons').isVisible()).toBe(false);
    expect(await page.locator('details:not([open])').count()).toBe(0);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(794);
    await close();
  });

  test('names from outside are text, wherever they stand', async () => {
    const results = whole.results.map((result, index) => ({
      ...result,
      name: hostileNames[index % hostileNames.length] ?? '',
      means: '<img src=x onerror=alert(1)>',
      dockerfile: '</pre><script>alert(2)</script>',
    }));
    const hostile = comparison({ results, program: '<script>alert(3)</script>', notes: ['<b>bold</b>'] });
    const { page, complaints, close } = await browser.open(hostile);
    expect(complaints).toEqual([]);
    expect(await page.locator('img, b, main script').count()).toBe(0);
    expect(await page.locator('#notes').innerText()).toContain('<b>bold</b>');
    await close();
  });

  test('of nothing that works there is a page still', async () => {
    const none = comparison({
      results: whole.results.filter(({ failure }) => failure?.phase === 'build'),
      decision: { method: 'none', path: [], reasons: [] },
    });
    const { page, complaints, close } = await browser.open(none);
    expect(await page.locator('#figures').innerText()).toContain('cannot be built');
    expect(await page.locator('figure').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the explanation carries nothing of it, and it nothing of the map', async () => {
    const [own, others] = await Promise.all([pageAssets('compare-page'), pageAssets('page')]);
    expect(own.style).not.toContain('.crumbs');
    expect(others.style).not.toContain('.charts');
    expect(own.script.length).toBeLessThan(16_000);
    expect(others.script).not.toContain('does not start');
    const shared = await readFile(new URL('../../src/page/browser/style.css', import.meta.url), 'utf8');
    for (const { style } of [own, others]) expect(style.startsWith(shared)).toBe(true);
  });
});

test('the page says the same as the tables: figures, the best, reasons of dashes', () => {
  const { figures, holdings } = comparePage(whole);
  const size = figures.find(({ label }) => label === 'size');
  expect(size?.cells.at(-1)).toEqual({ text: '4.4 MB', rank: 4_400_000, best: true, about: '4,400,000 B' });
  const memory = figures.find(({ label }) => label === 'memory');
  expect(memory?.cells[2]).toEqual({
    text: '–',
    about: 'the processes ended before their memory could be read',
  });
  expect(holdings).toHaveLength(8);
});

/** As much of a browser's element as is asked here. */
interface Box {
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  getBoundingClientRect(): { readonly width: number };
  querySelector(selector: string): Box | null;
}

const timesOfBuilds = ['cold build', 'build after one changed line', 'unchanged build'];

async function methods(page: Page): Promise<(string | null)[]> {
  return page
    .locator('#figures tbody tr')
    .evaluateAll((rows: readonly Box[]) => rows.map((row) => row.getAttribute('data-method')));
}

/** Contrast of the first such element with what it lies on, by WCAG 2. */
async function contrast(
  page: Page,
  selector: string,
  property: 'color' | 'backgroundColor',
): Promise<number> {
  return page.evaluate<number>(`(() => {
    const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const luminance = (colour) => {
      const [r, g, b] = numbers(colour).map((value) => {
        const part = value / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const element = document.querySelector('${selector}');
    let behind = '${property}' === 'color' ? element : element.parentElement;
    while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const back = luminance(getComputedStyle(behind).backgroundColor);
    const front = luminance(getComputedStyle(element)['${property}']);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  })()`);
}
