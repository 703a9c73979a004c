/**
 * Archives as other programs pack them (Python's tarfile, gzip, bzip2, xz, zstd), so that a case needs none of these programs. All but
 * `over` and `evil` hold the same: directories, files with owners and modes, a setuid file, links, a fifo, a file without its parents.
 */
import { gunzipSync } from 'node:zlib';

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

const packed = bytes(
  'H4sIAAAAAAACA+3Y32rDIBgFcK/7FI7eTz/jn+fJFkdkmQ02LXv82bWDNaOFDvTG87v5IAiBHI5KhpAEK0xmzsjTpMuU0qrz' +
    'PGNEpI2W1KnTc2tcx7hhFRz2S5/yK1mbhpz/W5h86fytvpM/uev8SXZ5OZc180+73dJg/iHyZfS8T69jOPoNg/b6nw6x9P6v' +
    'nTE/fV/P3H+12v9dJ1Xl/jea//ZJvIQo9iOq36QpxPcq9z/nbvd/ff8jqVzuv6pxOWm8/2Ofhhr5W60fyl/n+z8h/+KeRfiY' +
    'p+AHMffJx6XE977O/7IP0O/8aZU/ubwM538FnzgCmzaH2Zd+x3f//+779/7/WE2MW/QfAAAAAAAAAAAA4N++AJaCb20AKAAA',
);

export const archives = {
  tar: gunzipSync(packed),
  'tar.gz': packed,
  'tar.bz2': bytes(
    'QlpoOTFBWSZTWQyvU8wAATHfgfvQaAH/gAAIAGR/b99AAAGICDABDVsCSJBTZoiM1G1PTU0emo0HpNN6oRpUe0ak9TRhNNDQ' +
      'MJkyGTQNqapPSaaAAAAAABL1Dm3t3++3e17d2jg7N4DJA/V4oAV/CfCDYaCnktNlubCKipDGmTwlkUQpUSRSgrwJJMEo283S' +
      'e7GRH03OuN708VEW3cPshCCBWi3uIFyyyckIW+Q0lQDWakZjhVN2yYqhOD3QDBw1bNdhcwEeAhNe4kAZpJHRAGpk0BqooUA2' +
      's1PI4MUrKjUVVTwKKqHSXilXh05eRjnjHX20DV2r6VxD+r19Kv0KJdZrM0WZ2hNF5MrtkrJt8pJQQyxnNSVMbksK5fTMyr12' +
      'oA/xdyRThQkAyvU8wA==',
  ),
  'tar.xz': bytes(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/ARBdADIaSqciBJSzSsi8zzvCw94X0rwOYLd0mY/iwPXsKN50yLT6V4S/tcqF' +
      'isIWiLZws5fa0onyweUxGAXvnlTBHlg6/+v0lqgzjCFVNJoTY6noKJYskfTw7YdvzXYmSJDcqiVnhi3+XRCyQouzXooKBvuL' +
      '2RHlMiEB/eYIGRzhUrS+HBqfQInSZnx9BBhtymLTpCn9ghcw5NYaGc/qyo14Q+I49fgNPV68TgKBBvjra3dVq7NOmqWa/vcR' +
      'DCPtJ6qHrR4lTVMgrqxqKMJapoDKhqsboLBsRZfywnHClp10kls/hQNjcyYbANxKvFsMRYgenpgUjfwGNTGA/a/Isg5ZbMFx' +
      'RyHzXaxIREa4o9uXruIAANqg3Oi6xgJcAAGsAoBQAACjzq5WscRn+wIAAAAABFla',
  ),
  'tar.zst': bytes(
    'KLUv/QRolQcAooshGHCtDkAw7XgkDAUGAOCgkG1bYpWP6nKgDFDpOgj/w+i0M/F5dxmScRLOOmIvDtNrWKXNOVXVYxIJU8qY' +
      'fZkV2UvyLNnFCoQrZW/M9r++x+6/ymiu2YcCUerEmISKCaRkQ00zr/SufXkdjEsj+uskoCfSp7Txg78y1vbuud1VBv/94+ua' +
      'fQQrIFBJOXED/kH0wH9UADaAyodGkKg0mNef1Ds2gCp1hzODaBhgTrvAoKoDmOxPgRVqgeIbsNd+Q5oYkJQXwrt/6gFb1QzI' +
      'jkBgOHkT105dcBRJUi5jIW4YGtACc+oEU3dAUOVtDeDy5LSXi+rn',
  ),
  gz: bytes('H4sIAAAAAAACA8vPy6lUKEmtKOECAL1lEV8KAAAA'),
  /** Replaces a file by a file, and one by a directory. */
  over: gunzipSync(
    bytes(
      'H4sIAAAAAAACA+3WQQ7CIBAFUNaewhvAtFDOQ9pJNDamAbQe37EbY01MXcCm/20gbFh85gfOvVaFGeGJllWs12VPRNZZQ23T' +
        'yHknW3V0qoJbyiHKlWqfWPKfQkrzUDb/7jv3d/7yNj7z995ZdTTIv7jI0xh6Hg4K9ugeoh5CDvrCU9bl5t87t73/yVhL6P/6' +
        '+Z+vxfrf2h/50zp/3xH6v4YHKnDXXrNf5f/v/T/971r5/zU8Jp5PHBnzDwAAAAAAAAAAAAAAALDFE1MjRT4AKAAA',
    ),
  ),
  /** Names that lead out. */
  evil: gunzipSync(
    bytes(
      'H4sIAAAAAAACA+3TMQqDQBBG4TlKTqA7Oq7nMcSAEBTcXcjxM6RMFQObxvc1A9P81Wuadis5LbdZqgkumr2v+7xORVVtsKB9' +
        '1/l/HMYolyB/UFKedp+Uc3oKzqydrml7lFwx/1/6j8Hon/5R231Z59obx/uPsQ/0T/8AAAAAAAAAAAAAgG+9ALDBrZQAKAAA',
    ),
  ),
} as const;
