import type { Reader } from './reader.ts';

const usual = 8080;

/**
 * The port that the program listens on: `deploy.port`, else the first of `ports:` that is one of TCP, else 8080.
 * @throws ToolError CONFIG_INVALID
 */
export function portOf({ deploy, loaded }: Pick<Reader, 'deploy' | 'loaded'>): {
  readonly port: number;
  readonly from: 'port' | 'ports' | 'default';
  /** Which of `ports:`. */
  readonly index: number;
} {
  if (deploy.port !== undefined) return { port: deploy.port, from: 'port', index: 0 };
  const { ports = [] } = loaded.config;
  const index = ports.findIndex((text) => /^\d+(\/tcp)?$/.test(text));
  const first = ports[index];
  if (first === undefined) return { port: usual, from: 'default', index: 0 };
  return { port: Number.parseInt(first, 10), from: 'ports', index };
}
