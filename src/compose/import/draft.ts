import type { CommandConfig, PortConfig, SecretConfig } from '../../config/deploy.ts';

/** What is found of one service of a compose file, in our words, before it is known what becomes of it. */
export interface Draft {
  readonly name: string;
  image: string | undefined;
  build:
    | {
        readonly context: string;
        readonly file?: string;
        readonly target?: string;
        readonly args?: Record<string, string>;
      }
    | undefined;
  env: Record<string, string>;
  secrets: Record<string, SecretConfig>;
  volumes: string[];
  tmpfs: string[];
  ports: PortConfig[];
  /** Ports that other containers reach. */
  exposed: number[];
  domains: string[];
  dependsOn: { readonly name: string; readonly condition: string }[];
  entrypoint: CommandConfig | undefined;
  command: CommandConfig | undefined;
  user: string | undefined;
  memory: string | undefined;
  cpus: string | undefined;
  pids: number | undefined;
  network: 'bridge' | 'host' | undefined;
  restart: string | undefined;
  readOnly: boolean;
  capDrop: string[];
  capAdd: string[];
  noNewPrivileges: boolean;
  logging: Record<string, string | number> | undefined;
  stopSignal: string | undefined;
  stopGrace: string | undefined;
  health: Record<string, string | number> | undefined;
}

export function emptyDraft(name: string): Draft {
  return {
    name,
    image: undefined,
    build: undefined,
    env: {},
    secrets: {},
    volumes: [],
    tmpfs: [],
    ports: [],
    exposed: [],
    domains: [],
    dependsOn: [],
    entrypoint: undefined,
    command: undefined,
    user: undefined,
    memory: undefined,
    cpus: undefined,
    pids: undefined,
    network: undefined,
    restart: undefined,
    readOnly: false,
    capDrop: [],
    capAdd: [],
    noNewPrivileges: false,
    logging: undefined,
    stopSignal: undefined,
    stopGrace: undefined,
    health: undefined,
  };
}
