import { isIP } from 'node:net';
import { invalid } from './stage.ts';

const hint = 'Ports are written 80, 80/udp or 8000-8010/tcp; the protocols are tcp, udp and sctp.';

/**
 * What a word of EXPOSE names: `80/tcp`, one for each port of a range. Docker's syntax for publishing (`[ip:]host:container`) is
 * allowed, and only the container's side counts.
 * @throws ToolError DOCKERFILE_INVALID, without a place
 */
export function exposedPorts(word: string): string[] {
  const parts = word.split(':');
  const [container = '', host = ''] = [parts.at(-1), parts.at(-2)];
  const address = parts.slice(0, -2).join(':');
  const slash = container.indexOf('/');
  const protocol = (slash < 0 ? '' : container.slice(slash + 1).toLowerCase()) || 'tcp';
  if (!['tcp', 'udp', 'sctp'].includes(protocol))
    throw invalid(`EXPOSE ${word}: ${JSON.stringify(protocol)} is not a protocol`, hint);
  const inside = readRange(word, slash < 0 ? container : container.slice(0, slash));
  if (address !== '' && isIP(address.replace(/^\[(.*)\]$/, '$1')) === 0)
    throw invalid(`EXPOSE ${word}: ${address} is not an IP address`, hint);
  if (host !== '') {
    const outside = readRange(word, host);
    if (inside.last > inside.first && inside.last - inside.first !== outside.last - outside.first)
      throw invalid(`EXPOSE ${word}: the ranges are not equally long`, hint);
  }
  return Array.from(
    { length: inside.last - inside.first + 1 },
    (_, index) => `${inside.first + index}/${protocol}`,
  );
}

function readRange(word: string, text: string): { readonly first: number; readonly last: number } {
  const [, from = '', to = from] = /^\+?(\d{1,20})(?:-\+?(\d{1,20}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || last > 65535 || first > last)
    throw invalid(`EXPOSE ${word}: ${JSON.stringify(text)} is not a port or a range of ports`, hint);
  return { first, last };
}
