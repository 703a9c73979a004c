/** A base image with everything that is rare: in its tree, in its layers, in its config. */
import { dir, link, plain } from './base-entries.ts';
import type { Entry } from './base-entries.ts';

/** cap_net_bind_service=ep, as version 2 of the kernel's format. */
const netBind = Buffer.from('0100000200040000000000000000000000000000', 'hex');

const past = -86_400 * 365;
const future = Date.UTC(2060, 0, 1) / 1000;

/** Layers on top of busybox. The second hides, replaces and adds to the first. */
export function oddLayers(): Entry[][] {
  return [
    [
      dir('srv', { mtime: 1_000_000_000 }),
      dir('srv/real', { uid: 1000, gid: 50, mode: 0o2775 }),
      plain('srv/real/file', 'real\n'),
      link('data', 'srv/real'),
      link('absolute', '/srv/real'),
      link('outside', '../../../../srv/real'),
      link('dangling', '/not/there/yet'),
      link('loop-a', 'loop-b'),
      link('loop-b', 'loop-a'),
      link('etc-link', 'etc'),
      dir('opt'),
      link('opt/up', '../srv'),
      dir('hard'),
      plain('hard/a', 'linked\n', { mode: 0o640, uid: 7, gid: 8 }),
      // As other programs write them: the attributes stand in each header, and BuildKit sets them each time.
      plain('hard/b', '', { type: '1', link: 'hard/a', mode: 0o640, uid: 7, gid: 8 }),
      plain('hard/c', '', { type: '1', link: 'hard/a', mode: 0o640, uid: 7, gid: 8 }),
      plain('setuid', '#!/bin/sh\nid\n', { mode: 0o4755 }),
      plain('setgid', '', { mode: 0o2755, gid: 50 }),
      plain('capable', 'program', { mode: 0o755, xattrs: { 'security.capability': netBind } }),
      plain('labelled', 'x', { xattrs: { 'user.note': Buffer.from('a note') } }),
      { name: 'pipe', type: '6', mode: 0o600, mtime: 5 },
      { name: 'dev/special', type: '3', mode: 0o666, major: 1, minor: 5 },
      { name: 'dev/disk', type: '4', mode: 0o660, major: 7, minor: 200 },
      plain('old', 'old', { mtime: past }),
      plain('future', 'future', { mtime: future }),
      plain('secret', 'no one may read\n', { mode: 0 }),
      plain('name with spaces', ''),
      plain(Buffer.from('grüße-日本').toString('latin1'), 'utf-8'),
      plain('bytes-\xff\xfe', 'any bytes'),
      plain('a'.repeat(120), 'long name'),
      dir('gone'),
      plain('gone/file', 'x'),
      plain('gone/deep/file', 'x'),
      dir('opaque'),
      plain('opaque/before', 'x'),
      dir('becomes-file'),
      plain('becomes-file/inside', 'x'),
      plain('becomes-directory', 'x'),
      plain('whole', 'first'),
      plain('.wh', 'not a whiteout'),
      dir('sticky', { mode: 0o1777 }),
      dir('closed', { mode: 0o700, uid: 1000, gid: 1000 }),
      plain('closed/inside', 'x', { mode: 0o600, uid: 1000, gid: 1000 }),
    ],
    [
      { name: '.wh.gone', mtime: 0 },
      dir('opaque'),
      { name: 'opaque/.wh..wh..opq', mtime: 0 },
      plain('opaque/after', 'y'),
      plain('becomes-file', 'now a file'),
      dir('becomes-directory'),
      plain('becomes-directory/inside', 'now a directory'),
      plain('whole', 'second'),
      plain('hard/c', 'no longer linked\n'),
    ],
  ];
}

export const oddConfig = {
  User: 'app:staff',
  ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
  Env: [
    'PATH=/odd/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'EMPTY=',
    'SPACES= a  b ',
    'EQUALS=a=b=c',
    'QUOTES="\'$x\\',
    'TAB=a\tb',
  ],
  Entrypoint: ['/bin/sh', '-c'],
  Cmd: ['echo "from the base"'],
  Volumes: { '/volume one': {}, '/srv/real': {} },
  WorkingDir: '/srv/odd dir',
  Labels: { 'org.example.one': '1', 'with space': ' x ', empty: '' },
  StopSignal: 'SIGUSR1',
  Shell: ['/bin/sh', '-ec'],
  Healthcheck: {
    Test: ['CMD-SHELL', 'true'],
    Interval: 5_000_000_000,
    Timeout: 1_500_000_000,
    StartPeriod: 60_000_000_000,
    Retries: 7,
  },
};
