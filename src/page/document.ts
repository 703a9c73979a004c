import { createHash } from 'node:crypto';
import { safe } from '../render/safe.ts';
import type { PageAssets } from './assets.ts';

export interface PageContent {
  /** From outside, as all else. */
  readonly title: string;
  /** Behind the title, in the browser's list of tabs. */
  readonly about: string;
  /** What the page's program does, for readers whose browser does not run it. */
  readonly needs: string;
  /** Deflated (RFC 1951). */
  readonly data: Uint8Array;
}

/**
 * A whole page. Names from an image meet HTML in the title alone, escaped; everything else is packed data in base64, which has no
 * character that HTML knows. The policy allows the page's own script and style by their hashes, and nothing from anywhere else.
 */
export function pageDocument({ title: name, about, needs, data }: PageContent, assets: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src '${integrity(assets.script)}'`,
    `style-src '${integrity(assets.style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  const title = escapeHtml(safe(name));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Coracle">
<title>${title} – ${about}</title>
<link rel="icon" href="${icon}">
<style>${assets.style}</style>
</head>
<body>
<noscript><p>${title}: ${needs}</p></noscript>
<div id="page"></div>
<template id="data">${Buffer.from(data).toString('base64')}</template>
<script type="module">${assets.script}</script>
</body>
</html>
`;
}

/** A round boat, seen from above. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#2f6f8f"/><path d="M3 8h10" stroke="#fff" stroke-width="2"/></svg>',
)}`;

function integrity(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
