// @ts-nocheck
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test, expect } from 'vitest';
import { copy, dir, file, link, special } from './support.ts';
import { compareNames } from '../../../src/layer/names.ts';
import { writeTar } from '../../../src/layer/tar-write.ts';

let seed = Number(process.env.SEED ?? 1);
const rnd = (n) => { seed = (seed + 0x6d2b79f5) | 0; let t = Math.imul(seed ^ (seed >>> 15), 1 | seed); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) % n; };
const pick = (l) => l[rnd(l.length)];
const N = ['a', 'b', 'c', 'd'];
let known = []; const randomPath = () => Array.from({ length: 1 + rnd(3) }, () => pick(N)).join('/');
const modes = [0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1777, 0o700];
function tree(n, hard) {
  const all = new Map();
  let group = 0;
  const tryAdd = (e) => {
    const parts = e.path.split('/');
    for (let i = 1; i < parts.length; i++) { const p = all.get(parts.slice(0, i).join('/')); if (p && p.type !== 'directory') return; }
    if (all.has(e.path)) return;
    for (let i = 1; i < parts.length; i++) { const p = parts.slice(0, i).join('/'); if (!all.has(p)) all.set(p, dir(p, { mode: pick(modes), uid: rnd(3), gid: rnd(3), mtime: 10 + rnd(90) })); }
    all.set(e.path, e);
  };
  for (let i = 0; i < n; i++) {
    const path = somePath();
    const more = { mode: pick(modes), uid: rnd(3), gid: rnd(3), mtime: 10 + rnd(90) };
    const k = rnd(10);
    if (k < 4) tryAdd(file(path, `t${rnd(100)}`, more));
    else if (k < 6) tryAdd(dir(path, more));
    else if (k < 9) tryAdd(link(path, (rnd(2) ? '/' : rnd(2) ? '../' : '') + somePath(), { uid: more.uid, gid: more.gid, mtime: more.mtime }));
    else if (hard) { group++; const text = `h${group}`; for (let j = 0; j < 2; j++) tryAdd(file(somePath(), text, { ...more, same: `g${group}` })); }
    else tryAdd(special(path, 'fifo', more));
  }
  return [...all.values()].sort((a, b) => compareNames(a.path, b.path));
}
const pattern = () => somePath().split('/').map((p) => (rnd(3) === 0 ? pick(['*', '?', '[ab]', '**', '[^a]']) : p)).join('/');
const somePath = () => (known.length && rnd(3) ? pick(known) : randomPath());
function action() {
  if (rnd(8) === 0) return { kind: 'directory', path: '/' + somePath(), ...(rnd(2) ? { owner: '7:8' } : {}) };
  const parents = rnd(4) === 0;
  const literal = !parents && rnd(6) === 0;
  const src = () => { const k = rnd(5); let s = k === 0 ? '.' : k < 3 ? somePath() : literal ? somePath() : pattern(); if (parents && rnd(2)) s = pick(['.', somePath()]) + '/./' + pattern(); return s; };
  return {
    sources: Array.from({ length: 1 + rnd(2) }, src),
    dest: '/' + pick(['', '', somePath(), somePath(), somePath() + '/', somePath() + '/.']),
    ...(rnd(3) === 0 ? { owner: '7:8' } : {}),
    ...(rnd(3) === 0 ? { mode: pick(['755', '600', '2750', 'u=rwX,go=rX', 'go-w', 'g=u', '+t', 'u+s,a+X']) } : {}),
    parents, literal,
    exclude: rnd(4) === 0 ? Array.from({ length: 1 + rnd(2) }, () => (rnd(3) === 0 ? '!' : '') + (rnd(3) === 0 ? '**/' : '') + pattern()) : [],
  };
}
function tarEntries() {
  const out = [];
  for (let i = 0; i < 1 + rnd(6); i++) {
    const path = somePath();
    const more = { mode: pick(modes), uid: rnd(3), gid: rnd(3), mtime: 10 + rnd(90) };
    const k = rnd(10);
    if (k < 4) { const t = `z${rnd(100)}`; out.push({ ...file(path, t, more), digest: undefined, content: async function* () { yield Buffer.from(t); } }); }
    else if (k < 6) out.push(dir(path, more));
    else if (k < 8) out.push(link(path, (rnd(2) ? '/' : '') + somePath(), more));
    else if (k < 9) out.push(special(path, 'fifo', more));
    else out.push({ path, type: 'hardlink', size: 0, linkName: out.length && rnd(3) ? pick(out).path : somePath(), ...more });
  }
  return out;
}
test('fuzz', { timeout: 600_000 }, async () => {
  const cases = [];
  for (let i = 0; i < Number(process.env.COUNT ?? 300); i++) {
    known = []; const source = [dir('', { mtime: 500 }), ...tree(1 + rnd(10), true)];
    known = source.map((e) => e.path).filter(Boolean); const actions = Array.from({ length: 1 + rnd(2) }, action);
    if (process.env.TAR) {
      const chunks = [];
      for await (const c of writeTar(tarEntries())) chunks.push(c);
      const buf = Buffer.concat(chunks);
      source.push({ ...file('zz.tar', buf.toString('latin1'), {}), tar: buf });
      actions.push({ sources: ['zz.tar'], dest: '/' + pick(['', somePath()]), unpack: true, ...(rnd(2) ? { owner: '7:8' } : {}) });
    }
    cases.push({ base: rnd(3) ? tree(1 + rnd(10), false) : undefined, source, actions });
  }
  const own = (o) => (o === undefined ? null : o.split(':').map(Number));
  const input = cases.map((c) => JSON.stringify({ Base: c.base ?? [], Source: c.source.filter((e) => e.path).map((e) => (e.tar ? { ...e, text: '', tar: e.tar.toString('base64') } : e)), Actions: c.actions.map((a) => ({ ...a, owner: own(a.owner) })) })).join('\n') + '\n';
  const out = spawnSync('/tmp/copyeng-bk/ref', { input, maxBuffer: 1 << 28 });
  expect(out.stderr.toString()).toBe('');
  const refs = out.stdout.toString().trim().split('\n').map((l) => JSON.parse(l));
  let bad = 0, errors = 0;
  for (const [i, c] of cases.entries()) {
    let mine;
    try {
      const { image } = await copy(c.actions, c.source, c.base);
      const firsts = new Map();
      mine = { error: '', tree: [...image.values()].filter((e) => e.path).sort((a, b) => compareNames(a.path, b.path)).map((e) => {
        const t = { directory: 'd', file: 'f', symlink: 'l', fifo: 'p' }[e.type];
        let extra = e.type === 'file' ? ` = ${e.text}` : e.type === 'symlink' ? ` -> ${e.linkName}` : '';
        if (e.type === 'file' && e.same && !e.same.startsWith('g')) { if (firsts.has(e.same)) extra += ` same ${firsts.get(e.same)}`; else firsts.set(e.same, e.path); }
        return `${t} ${e.mode.toString(8)} ${e.uid}:${e.gid} ${e.path} @${e.mtime === 5000 ? 'now' : e.mtime}${extra}`;
      }) };
    } catch (e) { mine = { error: e.message, tree: [] }; if (!e.code) console.log(e); }
    const ref = refs[i];
    if (/lstat .*(not a directory|too many levels)|chtimes/.test(ref.error)) continue;
    const bases = new Map((c.base ?? []).map((e) => [e.path, e]));
    ref.tree = ref.tree.map((l, k) => { const m = /^d .* (\S+) @\d+$/.exec(l); return m && bases.get(m[1])?.type === 'directory' && mine.tree?.[k]?.endsWith(`${m[1]} @${bases.get(m[1]).mtime}`) ? l.replace(/@\d+/, `@${bases.get(m[1]).mtime}`) : l; });
    if (ref.error) errors++;
    const same = Boolean(ref.error) === Boolean(mine.error) && (ref.error || JSON.stringify(ref.tree) === JSON.stringify(mine.tree));
    if (!same) {
      bad++;
      if (bad <= Number(process.env.SHOW ?? 3)) {
        console.log('CASE', i, JSON.stringify(c.actions), '\nBASE', (c.base ?? []).map((e) => `${e.type} ${e.mode.toString(8)} ${e.path}${e.linkName ? '->' + e.linkName : ''}`).join('; '), '\nSRC', c.source.map((e) => `${e.type} ${e.mode.toString(8)} ${e.path}${e.linkName ? '->' + e.linkName : ''} ${e.same ?? ''}`).join('; '));
        console.log('ref err', ref.error, '\nmine err', mine.error);
        if (!ref.error && !mine.error) { console.log('ref only', ref.tree.filter((l) => !mine.tree.includes(l))); console.log('mine only', mine.tree.filter((l) => !ref.tree.includes(l))); }
      }
    }
  }
  console.log('cases', cases.length, 'bad', bad, 'ref errors', errors);
});
