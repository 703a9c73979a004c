import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { parsePublish } from '../../src/run/ports.ts';
import { openProxy } from '../../src/run/proxy.ts';
import { publish } from '../../src/run/publish.ts';
import { freePort } from '../components/free-port.ts';
import { testCtx } from '../support/ctx.ts';
import { request } from './request.ts';

test.each([
  ['8080:80', [{ host: 8080, container: 80, protocol: 'tcp' }]],
  ['80', [{ host: 80, container: 80, protocol: 'tcp' }]],
  ['53:5353/udp', [{ host: 53, container: 5353, protocol: 'udp' }]],
  ['127.0.0.1:8080:80', [{ address: '127.0.0.1', host: 8080, container: 80, protocol: 'tcp' }]],
  ['[::1]:8080:80/tcp', [{ address: '::1', host: 8080, container: 80, protocol: 'tcp' }]],
  [
    '8000-8001:9000-9001',
    [
      { host: 8000, container: 9000, protocol: 'tcp' },
      { host: 8001, container: 9001, protocol: 'tcp' },
    ],
  ],
])('-p %s', (text, ports) => {
  expect(parsePublish(text)).toEqual(ports);
});

test.each([
  '',
  'http',
  '0:80',
  '70000:80',
  '80:70000',
  '8000-8002:9000-9001',
  '9-8:9-8',
  'host:80:80',
  '1:2:3:4',
])('-p %s is refused', (text) => {
  expect(() => parsePublish(text)).toThrow(/-p/);
});

test('any text is ports or an error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        for (const { host, container } of parsePublish(text)) {
          expect(Math.min(host, container)).toBeGreaterThan(0);
        }
      } catch (error) {
        expect(isToolError(error, 'USAGE')).toBe(true);
      }
    }),
  );
});

test('a TCP connection to the published port reaches the program, and ends on both sides', async () => {
  const program = createServer({ allowHalfOpen: true }, (socket) => {
    let heard = '';
    socket.setEncoding('utf8').on('data', (text) => (heard += String(text)));
    socket.on('end', () => socket.end(`heard ${heard}`));
  });
  program.listen(0, '127.0.0.1');
  await once(program, 'listening');
  onTestFinished(() => void program.close());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = program.address() as AddressInfo;
  const host = await freePort();
  const proxy = await openProxy({ host, container: port, protocol: 'tcp' });
  onTestFinished(proxy.close);
  const client = connect(host, '127.0.0.1');
  client.end('all of it');
  let answer = '';
  for await (const chunk of client.setEncoding('utf8')) answer += String(chunk);
  expect(answer).toBe('heard all of it');
});

test('UDP answers find their way back to who asked', async () => {
  const program = createSocket('udp4');
  program.on('message', (message, from) =>
    program.send(`heard ${message.toString()}`, from.port, from.address),
  );
  program.bind(0, '127.0.0.1');
  await once(program, 'listening');
  onTestFinished(() => void program.close());
  const host = await freePort();
  const proxy = await openProxy({ host, container: program.address().port, protocol: 'udp' });
  onTestFinished(proxy.close);
  for (const name of ['one', 'two']) {
    const client = createSocket('udp4');
    client.send(name, host, '127.0.0.1');
    const answer = new Promise((resolve) => client.once('message', (bytes) => resolve(bytes.toString())));
    expect(await answer).toBe(`heard ${name}`);
    client.close();
  }
});

test('a port that is taken is an error that names another', async () => {
  const host = await freePort();
  const proxy = await openProxy({ host, container: 9, protocol: 'tcp' });
  onTestFinished(proxy.close);
  await expect(openProxy({ host, container: 9, protocol: 'tcp' })).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
    hint: `Name another one: -p ${host + 1}:9`,
  });
});

test('equal ports need nothing; an address cannot be kept then, which is said; no network has no ports', async () => {
  const ctx = testCtx();
  await (await publish(ctx, { ...request, ports: ['8080:8080'] })).close();
  expect(ctx.events).toEqual([]);
  await (await publish(ctx, { ...request, ports: ['127.0.0.1:8080:8080'] })).close();
  expect(ctx.events).toMatchObject([{ kind: 'warning' }]);
  await expect(publish(ctx, { ...request, ports: ['80'], network: 'none' })).rejects.toMatchObject({
    code: 'USAGE',
  });
});
