import { choice, count, duration, keys, list, text, textOrNumber, type Schema } from './kit.ts';

const tls: Schema = {
  anyOf: [
    keys('Certificates: from files (certificate, key), or by ACME (email).', {
      certificate: text('PEM file of the certificate and its chain, relative to this file.'),
      key: text('PEM file of its key, relative to this file.'),
      email: text('For ACME: where the authority reaches you.', {
        pattern: '^[^@\\s]+@[^@\\s]+$',
        examples: ['ops@example.com'],
      }),
      directory: text("Address of the ACME authority; Let's Encrypt when it is not given.", {
        pattern: '^https://',
        examples: ['https://acme.example.com/directory'],
      }),
      ca: text('PEM file of an authority that vouches for that address, relative to this file.'),
    }),
    choice('No TLS.', ['off']),
  ],
  description: 'off, or where certificates come from.',
  default: 'off',
  examples: ['off', { email: 'ops@example.com' }, { certificate: 'tls/chain.pem', key: 'tls/key.pem' }],
};

const port = (description: string, value: number): Schema =>
  count(description, 1, 65_535, { default: value });

export const proxy: Schema = {
  anyOf: [
    keys('The proxy of each host, shared by all services there.', {
      domains: list(
        text('A domain.', {
          pattern: '^(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
          examples: ['api.example.com'],
        }),
        'What it answers for; without one, for all that no other service has.',
        { default: [] },
      ),
      paths: list(
        text('Prefix.', { pattern: '^/[^\\s"\'\\\\]*$' }),
        'Path prefixes; the longest one that fits wins.',
        { default: ['/'] },
      ),
      tls,
      image: text('An image of HAProxy in place of our own.'),
      httpPort: port('Port for HTTP.', 80),
      httpsPort: port('Port for HTTPS.', 443),
      metricsPort: port("Port of the host's loopback for Prometheus, at /metrics.", 9101),
      retry: list(
        text('A method.', { pattern: '^[A-Z]+$', examples: ['GET'] }),
        'Methods that are sent again when a server fails before it answers. POST only if what failed may be done twice.',
        { default: ['GET', 'HEAD', 'OPTIONS'] },
      ),
      timeout: duration('Without a byte of an answer for so long, the proxy answers 504.', { default: '1m' }),
    }),
    choice('No proxy of ours.', ['none']),
  ],
  description: 'none, or how the proxy serves it.',
  default: {},
};

export const health: Schema = {
  anyOf: [
    keys('When a release is ready.', {
      path: text('What is asked for. Without it /, where any answer but a 5xx is well.', {
        pattern: '^/[^\\s"\']*$',
        examples: ['/healthz'],
      }),
      port: count('Port that is asked; the one that the program listens on.', 1, 65_535),
      status: textOrNumber('Statuses that are well.', { examples: ['200', '200-399'] }),
      interval: duration('Between two checks.', { default: '1s' }),
      deadline: duration('It must be ready so long after its start.', { default: '30s' }),
      startPeriod: duration('Time to start up, in which failures do not count.', { default: '0s' }),
      settle: duration('It must stay well for so long once it is ready.', { default: '2s' }),
    }),
    choice('It has no port to ask: it must only stay up.', ['none']),
  ],
  description: 'none, or how a release is proven ready.',
  default: {},
};
