/** Compresses one file one way and prints the milliseconds from the first byte to the last; the start of Node is not counted. */
import { createReadStream } from 'node:fs';
import { createGzip } from 'node:zlib';
import { compress } from '../src/layer/compress.ts';

const [, , how = '', file = ''] = process.argv;
const input = createReadStream(file, { highWaterMark: 1 << 20 });
const start = process.hrtime.bigint();
const output: AsyncIterable<Uint8Array> =
  how === 'ours' ? compress(input, { kind: 'gzip', level: 6 }) : input.pipe(createGzip({ level: 6 }));
let written = 0;
for await (const chunk of output) written += chunk.length;
if (written === 0) throw new Error('nothing came out');
console.log(Number(process.hrtime.bigint() - start) / 1e6);
process.exit(0);
