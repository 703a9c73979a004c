/** What `deploy:` of coracle.yaml says, with the schema's defaults filled in. Texts are as they are written: deploy/settings.ts reads them. */
import { withDefaults } from './defaults.ts';
import { deploy as schema } from './schema/deploy.ts';
import type { Config } from './types.ts';

export interface DeployConfig {
  readonly hosts?: readonly (string | HostConfig)[];
  readonly ssh?: SshConfig;
  readonly proxy: 'none' | ProxyConfig;
  readonly health: 'none' | HealthConfig;
  readonly port?: number;
  readonly portVariable: string;
  readonly network: 'bridge' | 'host';
  readonly ports?: readonly (string | PortConfig)[];
  readonly resources: { readonly cpus?: string; readonly memory?: string; readonly pids: number };
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: SecretsConfig;
  readonly volumes?: readonly (string | VolumeConfig)[];
  readonly readOnly: boolean;
  readonly tmpfs: readonly string[];
  readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
  readonly noNewPrivileges: boolean;
  readonly logging: { readonly size: string; readonly files: number };
  readonly restart: 'unless-stopped' | 'always' | 'on-failure' | 'no';
  readonly user?: string;
  readonly command?: CommandConfig;
  readonly stopSignal?: string;
  readonly stopGrace: string;
  readonly jobs?: { readonly before?: readonly JobConfig[]; readonly after?: readonly JobConfig[] };
  readonly accessories?: Readonly<Record<string, AccessoryConfig>>;
  readonly strategy: StrategyName | StrategyConfig;
  readonly judge: JudgeConfig;
  readonly confirm: string;
  readonly drain: string;
  readonly keep: { readonly releases: number; readonly age?: string; readonly space?: string };
  readonly images: 'auto' | 'registry' | 'ssh';
  readonly parallel: number;
}

export interface SshConfig {
  readonly user?: string;
  readonly port?: number;
  readonly jump?: string;
}

export interface HostConfig extends SshConfig {
  readonly name: string;
  readonly address?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly roles?: readonly string[];
}

export interface ProxyConfig {
  readonly domains: readonly string[];
  readonly paths: readonly string[];
  readonly tls: 'off' | TlsConfig;
  readonly image?: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly metricsPort: number;
  readonly retry: readonly string[];
  readonly timeout: string;
}

/** Either certificate and key, or email and what goes with it. */
export interface TlsConfig {
  readonly certificate?: string;
  readonly key?: string;
  readonly email?: string;
  readonly directory?: string;
  readonly ca?: string;
}

export interface HealthConfig {
  readonly path?: string;
  readonly port?: number;
  readonly status?: string;
  readonly interval: string;
  readonly deadline: string;
  readonly startPeriod: string;
  readonly settle: string;
}

/** A list is run as it is; text is parted into words. */
export type CommandConfig = string | readonly string[];

export interface PortConfig {
  readonly container: number;
  readonly host?: number;
  readonly protocol: 'tcp' | 'udp';
  readonly public: boolean;
}

export interface VolumeConfig {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export type SecretsConfig = readonly string[] | Readonly<Record<string, SecretConfig>>;

/** One of these. */
export interface SecretConfig {
  readonly env?: string;
  readonly file?: string;
  readonly command?: CommandConfig;
}

export interface JobConfig {
  readonly name: string;
  readonly command: CommandConfig;
  readonly on?: string;
  readonly timeout: string;
  readonly image?: string;
}

export interface AccessoryConfig {
  readonly image: string;
  readonly on?: string;
  readonly ports?: readonly (string | PortConfig)[];
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: SecretsConfig;
  readonly volumes?: readonly (string | VolumeConfig)[];
  readonly command?: CommandConfig;
  readonly memory?: string;
  readonly cpus?: string;
}

export type StrategyName = 'all' | 'rolling' | 'canary';

export interface StrategyConfig {
  readonly type?: StrategyName;
  readonly batch?: string;
  readonly steps?: readonly string[];
  readonly pause?: string;
}

export interface JudgeConfig {
  readonly window: string;
  readonly sample: number;
  readonly errorRate: string;
  readonly errorRatio: number;
  readonly quantile: string;
  readonly latencyRatio: number;
  readonly latencyFloor: string;
  readonly prometheus: readonly {
    readonly name: string;
    readonly url: string;
    readonly query: string;
    readonly max?: number;
    readonly min?: number;
  }[];
  readonly noData?: 'pass' | 'fail';
}

/** `deploy:` with all defaults; undefined when the file has none. */
export function deployOf(config: Config): DeployConfig | undefined {
  if (config.deploy === undefined) return undefined;
  // It was checked against the schema that has these keys and these defaults.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return withDefaults(config.deploy, schema) as DeployConfig;
}
