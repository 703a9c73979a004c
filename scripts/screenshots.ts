/**
 * The README's pictures: builds a public program, explains its image at a terminal (tmux) and as a page, and takes both in Debian's
 * Chromium.
 *
 *   node scripts/screenshots.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const root = path.join(import.meta.dirname, '..');
const images = path.join(root, 'docs', 'images');
const coracle = path.join(root, 'coracle');
const program = 'github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2';
const image = 'caddy:2.10.2';

const directory = mkdtempSync(path.join(tmpdir(), 'coracle-screenshots-'));
try {
  mkdirSync(images, { recursive: true });
  run(coracle, 'build', program, '--quiet', '--tag', image);
  run(coracle, 'explain', image, '--html', path.join(directory, 'page.html'));
  writeFileSync(path.join(directory, 'terminal.html'), terminalPage(await terminal()));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`file://${directory}/page.html`);
  await page.getByRole('tab', { name: 'Modules' }).click();
  await sleep(1000);
  await page.screenshot({ path: path.join(images, 'explain-page.png') });
  await page.goto(`file://${directory}/terminal.html`);
  await page.locator('pre').screenshot({ path: path.join(images, 'explain-terminal.png') });
  await browser.close();
} finally {
  rmSync(directory, { recursive: true });
}

function run(...[file, ...args]: [string, ...string[]]): string {
  return execFileSync(file, args, { encoding: 'utf8', cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** What the view shows after a few keys, with its colours as escape sequences. */
async function terminal(): Promise<string> {
  const tmux = (...args: string[]): string => run('tmux', '-L', 'coracle-screenshots', ...args);
  tmux('new-session', '-d', '-x', '80', '-y', '24', '-s', 'view', `${coracle} explain ${image}`);
  const press = async (key: string): Promise<void> => {
    await sleep(1000);
    tmux('send-keys', '-t', 'view', key);
  };
  await sleep(5000);
  for (const key of ['3', 'Down', 'Right', 'Down', 'Right', 'Down', 'Down']) await press(key);
  await sleep(1000);
  const screen = tmux('capture-pane', '-e', '-p', '-t', 'view');
  tmux('kill-server');
  return screen;
}

/** A screen as HTML: bold, dim, reverse, and the colours of the view. */
function terminalPage(screen: string): string {
  const on = new Set<string>();
  const html = screen
    .trimEnd()
    // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
    .replaceAll(/\u{1b}\[([\d;]*)m|[&<]|[^\u{1b}&<]+/gu, (text, codes?: string) => {
      if (codes === undefined) {
        const shown = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
        return on.size === 0 ? shown : `<span class="${[...on].join(' ')}">${shown}</span>`;
      }
      for (const code of codes.split(';')) {
        if (code === '' || code === '0') on.clear();
        else if (code === '39') for (const each of [...on]) if (/^c3\d$/.test(each)) on.delete(each);
        if (['1', '2', '7'].includes(code) || /^3[1-7]$/.test(code)) on.add(`c${code}`);
        if (code === '22') for (const each of ['c1', 'c2']) on.delete(each);
        if (code === '27') on.delete('c7');
      }
      return '';
    });
  const style = `pre { display: inline-block; margin: 0; padding: 14px 18px; background: #11151a; color: #dde3ea;
      font: 15px/1.25 "DejaVu Sans Mono", monospace }
    .c1 { font-weight: bold } .c2 { color: #8a949e } .c7 { background: #dde3ea; color: #11151a }
    .c31 { color: #ff7b72 } .c32 { color: #7ee787 } .c33 { color: #e3b341 } .c36 { color: #56c8d8 }`;
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><pre>${html}</pre>`;
}
