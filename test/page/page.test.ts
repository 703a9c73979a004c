import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes } from '../../src/render/units.ts';
import { noBrowser, startBrowser, type Bench } from './browser.ts';
import { binaryExplanation, directoryExplanation, hostileNames, imageExplanation } from './generate.ts';

const image = imageExplanation({ files: 3000 });
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true };

describe.skipIf(noBrowser !== undefined)('the page in Chromium', () => {
  let browser: Bench;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  test('it opens on the layers: figures, map and table agree, and nothing is asked of a network', async () => {
    const { page, complaints, close } = await browser.open(image);
    expect(await page.title()).toContain('registry.example/shop/server:1.4');
    expect(await page.locator('.facts').innerText()).toContain(bytes(image.size));
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Layers');
    expect(await rowNames(page)).toHaveLength(5);
    expect(await page.locator('tbody [aria-selected=true] .words').innerText()).toMatch(/^\d [A-Z]+ /);
    expect(await mapLabel(page)).toContain(bytes(image.trees.layers?.bytes[0] ?? 0));
    expect(await colours(page)).toBeGreaterThan(8);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the first click selects what lies under it, the second zooms in, the path leads out', async () => {
    const { page, complaints, close } = await browser.open(image);
    const map = page.locator('.map');
    const box = await map.boundingBox();
    if (!box) throw new Error('no map');
    const point = { position: { x: box.width * 0.4, y: box.height * 0.4 } };
    await map.click(point);
    const name = await page.locator('.details strong').first().innerText();
    expect(await mapLabel(page)).toContain(`Selected: ${name},`);
    const before = await crumbs(page);
    await map.click(point);
    const after = await crumbs(page);
    expect(after.length).toBeGreaterThan(before.length);
    await page.locator('.crumbs button').first().click();
    expect(await crumbs(page)).toEqual(before);
    expect(complaints).toEqual([]);
    await close();
  });

  test('arrows move, Enter zooms, Escape and Backspace lead out, + and - go in and out of boxes', async () => {
    const { page, complaints, close } = await browser.open(image);
    const start = await selected(page);
    await page.keyboard.press('ArrowRight');
    const right = await selected(page);
    expect(right).not.toBe(start);
    await page.keyboard.press('ArrowLeft');
    expect(await selected(page)).toBe(start);
    await page.keyboard.press('+');
    expect(await selected(page)).not.toBe(start);
    expect(await crumbs(page)).toHaveLength(1);
    await page.keyboard.press('-');
    expect(await selected(page)).toBe(start);
    await page.keyboard.press('Enter');
    expect(await crumbs(page)).toHaveLength(2);
    await page.keyboard.press('Enter');
    expect(await crumbs(page)).toHaveLength(3);
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Escape');
    expect(await crumbs(page)).toHaveLength(1);
    expect(await selected(page)).toBe(start);
    expect(complaints).toEqual([]);
    await close();
  });

  test('rows and boxes are selected together, from the table too', async () => {
    const { page, close } = await browser.open(image);
    await page.locator('tbody tr[data-node]').first().focus();
    await page.keyboard.press('ArrowDown');
    const row = await page.locator('tbody [aria-selected=true] .words').innerText();
    expect(row).toContain(await selected(page));
    expect(await page.locator('tbody tr:focus').count()).toBe(1);
    await page.keyboard.press('End');
    expect(await page.locator('tbody tr[data-node]').last().getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    expect(await crumbs(page)).toHaveLength(2);
    expect(await page.locator('tbody tr:focus').count()).toBe(1);
    await close();
  });

  test('what the pointer is on is told of, and its row is marked', async () => {
    const { page, close } = await browser.open(image);
    const map = page.locator('.map');
    const box = await map.boundingBox();
    if (!box) throw new Error('no map');
    const told = page.locator('.details');
    await map.hover({ position: { x: box.width - 30, y: box.height - 30 } });
    await page.locator('tbody tr.hover').waitFor();
    const there = await told.innerText();
    await page.mouse.move(2, 2);
    await page.locator('tbody tr.hover').waitFor({ state: 'detached' });
    expect(await told.innerText()).not.toBe(there);
    await close();
  });

  test('the table sorts by each column, numbers as numbers', async () => {
    const { page, close } = await browser.open(image);
    await page.keyboard.press('2');
    const by = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
    const tree = image.trees.files;
    if (!tree) throw new Error('no tree');
    const children = [...tree.names.keys()].filter((node) => tree.parent[node] === 0);
    const sizes = async (): Promise<number[]> => {
      const nodes = await page
        .locator('tbody tr[data-node]')
        .evaluateAll((rows: readonly Row[]) => rows.map((row) => Number(row.getAttribute('data-node'))));
      return nodes.map((node) => tree.bytes[node] ?? 0);
    };
    const ascending = children.map((node) => tree.bytes[node] ?? 0).sort((a, b) => a - b);
    expect(await sizes()).toEqual(ascending.toReversed());
    await by('Bytes');
    expect(await sizes()).toEqual(ascending);
    expect(await page.locator('th[aria-sort=ascending]').innerText()).toContain('Bytes');
    await by('Name');
    const names = (await rowNames(page)).map((name) => name.replace(/ ›$/, ''));
    expect(names).toEqual(names.toSorted(new Intl.Collator('en', { numeric: true }).compare));
    await close();
  });

  test('a search lists what it finds, lights it on the map, and ends with Escape', async () => {
    const { page, complaints, close } = await browser.open(image);
    const tree = image.trees.files;
    if (!tree) throw new Error('no tree');
    const expected = tree.names.filter((name, node) => node > 0 && name.includes('fonts')).length;
    await page.keyboard.press('2');
    expect(await dimmed(page)).toBe(0);
    await page.keyboard.press('/');
    await page.keyboard.type('FONTS');
    await page.getByText(`found ${expected.toLocaleString('en')} names`).waitFor();
    expect(await dimmed(page)).toBeGreaterThan(1000);
    const found = await rowNames(page);
    expect(found.length).toBeGreaterThan(5);
    expect(found.every((name) => name.toLowerCase().includes('fonts'))).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('tbody tr:focus .words').innerText()).toContain(await selected(page));
    await page.keyboard.press('Escape');
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    expect(await dimmed(page)).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a search with a slash looks at whole paths, and stays when the tab changes', async () => {
    const { page, close } = await browser.open(image);
    const tree = image.trees.files;
    const [, name = ''] = tree?.names ?? [];
    const first = [...(tree?.names.keys() ?? [])].find(
      (node) => tree?.parent[node] === 0 && tree.names[node] !== name,
    );
    if (!tree || first === undefined) throw new Error('no tree');
    const directory = [...tree.names.keys()].find(
      (node) => tree.parent[node] === 0 && [...tree.parent].includes(node),
    );
    const child = [...tree.names.keys()].find((node) => tree.parent[node] === directory);
    if (directory === undefined || child === undefined) throw new Error('no directory');
    await page.keyboard.press('/');
    await page.keyboard.type(`/${tree.names[directory] ?? ''}/${tree.names[child] ?? ''}`);
    await page.getByText(/found [1-9]/).waitFor();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByText(/found [1-9]/).waitFor();
    expect((await rowNames(page)).every((text) => text.startsWith(tree.names[child] ?? ''))).toBe(true);
    await close();
  });

  test('tabs are changed by click, by number and by arrow', async () => {
    const { page, close } = await browser.open(image);
    const tab = (): Promise<string> => page.getByRole('tab', { selected: true }).innerText();
    await page.getByRole('tab', { name: 'Files' }).click();
    expect(await tab()).toBe('Files');
    await page.keyboard.press('ArrowRight');
    expect(await tab()).toBe('Modules');
    expect(await rowNames(page)).toContain('standard library ›');
    await page.keyboard.press('1');
    expect(await tab()).toBe('Layers');
    await page.keyboard.press('9');
    expect(await tab()).toBe('Layers');
    await close();
  });

  test('a finding of waste leads to its place on the map', async () => {
    const { page, close } = await browser.open(image);
    const path = image.waste[2]?.path ?? '';
    await page.getByRole('button', { name: path, exact: true }).click();
    expect(path.endsWith(await selected(page))).toBe(true);
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Files');
    expect(await page.locator('.details').innerText()).toContain('Waste: overwritten');
    await close();
  });

  test('below the map stand waste, layers with their instructions, and the Dockerfile; long lists grow on demand', async () => {
    const { page, close } = await browser.open(image);
    const waste = page.locator('#waste tbody tr');
    expect(await waste.count()).toBe(50);
    await page
      .getByRole('button', { name: /^Show \d+ more/ })
      .first()
      .click();
    expect(await waste.count()).toBe(image.waste.length);
    expect(await page.locator('#layers tbody tr').nth(3).innerText()).toContain('make -C /srv build');
    expect(await page.locator('#dockerfile pre').innerText()).toContain('Reconstructed');
    await page.locator('#layers').getByRole('button', { name: 'compressed' }).click();
    expect(await page.locator('#layers tbody tr').first().innerText()).toContain('COPY server');
    await close();
  });

  test('light or dark as the system has it, until the reader chooses; the choice is remembered', async () => {
    const { page, close } = await browser.open(image, { colorScheme: 'dark' });
    const paper = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(16, 20, 24)');
    const darkPixel = await pixel(page);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(paper).toBe('rgb(253, 252, 250)');
    const lightPixel = await pixel(page);
    expect(sum(lightPixel)).toBeGreaterThan(sum(darkPixel) + 150);
    await page.keyboard.press('t');
    expect(await paper()).toBe('rgb(16, 20, 24)');
    expect(await pixel(page)).toEqual(darkPixel);
    await page.reload();
    await page.locator('tbody tr[data-node]').first().waitFor();
    expect(await paper()).toBe('rgb(16, 20, 24)');
    await close();
  });

  test('on a phone nothing is wider than the screen, and fingers do what a mouse does', async () => {
    const { page, complaints, close } = await browser.open(image, phone);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    const canvas = await page
      .locator('canvas.boxes')
      .evaluate((one: { width: number; clientWidth: number }) => [one.width, one.clientWidth]);
    expect(canvas[0]).toBe((canvas[1] ?? 0) * 3);
    const box = await page.locator('.map').boundingBox();
    if (!box) throw new Error('no map');
    expect(box.height).toBeGreaterThan(300);
    await page.touchscreen.tap(box.x + 60, box.y + 60);
    const depth = (await crumbs(page)).length;
    await page.touchscreen.tap(box.x + 60, box.y + 60);
    expect((await crumbs(page)).length).toBeGreaterThan(depth);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    const table = await page.locator('.table').boundingBox();
    expect(table?.y).toBeGreaterThan(box.y + box.height);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the focus can be seen wherever Tab leads, and every control has a name', async () => {
    const { page, close } = await browser.open(image);
    const seen = new Set<string>();
    for (let step = 0; step < 50; step++) {
      await page.keyboard.press(step < 16 ? 'Shift+Tab' : 'Tab');
      const [name = '', outline] = await page.evaluate<string[]>(focused);
      if (name !== 'BODY') expect(`${name} ${outline ?? ''}`).toBe(`${name} solid`);
      seen.add(name);
    }
    expect([...seen]).toEqual(expect.arrayContaining(['A', 'BUTTON', 'INPUT', 'CANVAS', 'TR']));
    const nameless = await page.evaluate(namelessControls);
    expect(nameless).toEqual([]);
    await close();
  });

  test('? shows the keys, Escape closes them and zooms nowhere', async () => {
    const { page, close } = await browser.open(image);
    await page.keyboard.press('Enter');
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain('zoom out');
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
    expect(await crumbs(page)).toHaveLength(2);
    await close();
  });

  test('printed, it is light, without controls, and whole', async () => {
    const { page, close } = await browser.open(image, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('searchbox').isVisible()).toBe(false);
    const height = await page.evaluate('getComputedStyle(document.querySelector("#layers .wide")).maxHeight');
    expect(height).toBe('none');
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await close();
  });

  test('the map keeps its sharpness when the window changes', async () => {
    const { page, close } = await browser.open(image);
    await page.setViewportSize({ width: 1000, height: 700 });
    const even = (): Promise<boolean> =>
      page
        .locator('canvas.boxes')
        .evaluate((one: { width: number; clientWidth: number }) => one.width === Math.floor(one.clientWidth));
    await expect.poll(even).toBe(true);
    expect(await colours(page)).toBeGreaterThan(8);
    await close();
  });

  test('names from an image are text and do nothing', async () => {
    const hostile = imageExplanation({ files: 200, names: hostileNames });
    const { page, complaints, close } = await browser.open(hostile);
    await page.keyboard.press('2');
    await page.keyboard.press('/');
    await page.keyboard.type('onerror');
    await page.getByText('found 1 name,').waitFor();
    await page.keyboard.press('Enter');
    expect(await page.locator('.details strong').first().innerText()).toBe(hostileNames[0]);
    expect(await page.locator('#problems').innerText()).toContain(hostileNames[1]);
    expect(await page.title()).toContain(hostileNames[2]);
    expect(await page.locator('#page img, #page svg, #page iframe').count()).toBe(0);
    expect(await page.evaluate<number>('document.scripts.length')).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the policy stops what it does not know: scripts, HTML as text, requests', async () => {
    const { page, close } = await browser.open(image);
    const outcome = await page.evaluate(intrusions);
    expect(outcome).toEqual({ html: 'refused', request: 'refused', title: await page.title() });
    expect(await page.title()).toContain('explained');
    await close();
  });

  test('a program has its modules, kinds of bytes, costs and evidence', async () => {
    const binary = binaryExplanation();
    const { page, complaints, close } = await browser.open(binary);
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Modules', 'Kinds of bytes']);
    expect(await page.locator('.summary').innerText()).toContain(bytes(binary.ledger.size));
    expect(await page.locator('.legend').innerText()).toContain('google.golang.org/grpc');
    expect(await page.locator('#evidence').innerText()).toContain('code reference');
    expect(await page.locator('#dependencies').innerText()).toContain('v1.80.0');
    await page.keyboard.press('2');
    expect(await rowNames(page)).toContain('code ›');
    expect(complaints).toEqual([]);
    await close();
  });

  test('a directory has its files', async () => {
    const directory = directoryExplanation();
    const { page, complaints, close } = await browser.open(directory);
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Files']);
    expect(await page.locator('.summary').innerText()).toContain(bytes(directory.size));
    expect(complaints).toEqual([]);
    await close();
  });

  test('a page of 300,000 files opens, answers to keys, search and zoom', async () => {
    const { page, bytes: size, complaints, close } = await browser.open(imageExplanation({ files: 150_000 }));
    expect(size).toBeLessThan(4_000_000);
    await page.keyboard.press('2');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await crumbs(page)).toHaveLength(2);
    await page.keyboard.press('/');
    await page.keyboard.type('icons-');
    await page.getByText(/found [\d,]{5,} names/).waitFor();
    expect(await page.locator('tbody tr[data-node]').count()).toBeLessThan(500);
    expect(complaints).toEqual([]);
    await close();
  });
});

/** Run in the page: the element with the focus, and how that is shown. */
const focused = `(() => {
  const one = document.activeElement;
  const shown = one.matches('canvas') ? one.parentElement : one;
  return [one.tagName, getComputedStyle(shown).outlineStyle];
})()`;

/** Run in the page: controls that a screen reader could not name. */
const namelessControls = `[...document.querySelectorAll('button, input, select, a, canvas.boxes, table')]
  .filter((one) => !one.getAttribute('aria-label') && !one.textContent.trim() && !one.labels?.length)
  .map((one) => one.outerHTML)`;

/** Run in the page: what a hostile name would like to do. */
const intrusions = `(async () => {
  let html = 'taken';
  try {
    document.body.innerHTML = '<b>x</b>';
  } catch {
    html = 'refused';
  }
  try {
    const script = document.createElement('script');
    script.textContent = 'document.title = "owned"';
    document.head.append(script);
  } catch {
    // Trusted types refuse the text before the policy refuses the script.
  }
  const request = await fetch('http://127.0.0.1:9/').then(() => 'answered', () => 'refused');
  return { html, request, title: document.title };
})()`;

async function rowNames(page: Page): Promise<string[]> {
  return page.locator('tbody tr[data-node] .words').allInnerTexts();
}

async function crumbs(page: Page): Promise<string[]> {
  return page.locator('.crumbs button').allInnerTexts();
}

async function mapLabel(page: Page): Promise<string> {
  return (await page.locator('canvas.boxes').getAttribute('aria-label')) ?? '';
}

/** Name of the selected node, as a screen reader hears it. */
async function selected(page: Page): Promise<string> {
  return /Selected: (.+?), /.exec(await mapLabel(page))?.[1] ?? '';
}

interface Row {
  getAttribute(name: string): string | null;
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

/** How many colours there are on the map. */
async function colours(page: Page): Promise<number> {
  return page.locator('canvas.boxes').evaluate((canvas: Canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set<number>();
    for (let at = 0; at < data.length; at += 4)
      seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
    return seen.size;
  });
}

/** A pixel of the map, within a box and beside its name. */
async function pixel(page: Page): Promise<number[]> {
  return page.locator('canvas.boxes').evaluate((canvas: Canvas) => [
    ...canvas
      .getContext('2d')
      .getImageData(canvas.width >> 1, 2, 1, 1)
      .data.slice(0, 3),
  ]);
}

/** How many pixels a search has dimmed: they are covered, but not by an outline. */
async function dimmed(page: Page): Promise<number> {
  // What changes above the map is painted with the next frame.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return page.locator('canvas.overlay').evaluate((canvas: Canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if (Math.abs((data[at] ?? 0) - 199) < 4) count++;
    return count;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
