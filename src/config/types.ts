/** What coracle.yaml, .ko.yaml and the flags of `build` can say, in one form. Every key is optional; schema.ts describes them. */
export interface Config {
  readonly image?: string;
  readonly main?: string | readonly string[];
  readonly platforms?: readonly string[];
  readonly dockerfile?: DockerfileConfig;
  readonly go?: GoConfig;
  readonly base?: BaseConfig;
  readonly debian?: DebianConfig;
  readonly alpine?: AlpineConfig;
  readonly addCa?: readonly string[];
  readonly files?: readonly FileConfig[];
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly stopSignal?: string;
  readonly healthcheck?: HealthcheckConfig | false;
  readonly volumes?: readonly string[];
  readonly compression?: CompressionConfig;
  readonly mediaTypes?: 'oci' | 'docker';
  readonly budget?: string | readonly string[];
  readonly registries?: Readonly<Record<string, RegistryConfig>>;
  readonly name?: string;
  /** In the form of schema/deploy.ts; deploy.ts fills in its defaults. */
  readonly deploy?: Readonly<Record<string, unknown>>;
  readonly ship?: ShipConfig;
}

/** `ship:`; what its schema says, as it is written. */
export interface ShipConfig {
  readonly tests?: {
    /** Text is parted into words. */
    readonly command?: string | readonly string[];
    readonly packages?: readonly string[];
    readonly flags?: readonly string[];
    readonly race?: boolean;
  };
  readonly skip?: readonly string[];
}

export interface GoConfig {
  readonly version?: string;
  readonly flags?: readonly string[];
  readonly tags?: readonly string[];
  readonly ldflags?: readonly string[];
  readonly gcflags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cgo?: 'off' | 'dynamic' | 'static' | 'static-musl';
  readonly strip?: boolean;
  readonly vcs?: boolean;
  readonly amd64?: string;
  readonly arm?: string;
}

/** `base:`; text alone is its name. */
export interface BaseConfig {
  readonly name?: string;
  readonly packages?: readonly string[];
  readonly slim?: boolean;
  readonly omit?: readonly string[];
  /** Commands, each as its words. */
  readonly verify?: readonly (readonly string[])[];
}

export interface DebianConfig {
  readonly release?: string;
  readonly mirror?: string;
  readonly securityMirror?: string;
  readonly snapshot?: string;
  readonly components?: readonly string[];
}

export interface AlpineConfig {
  readonly repositories?: readonly string[];
  readonly keys?: readonly AlpineKeyConfig[];
  readonly ignoreScripts?: readonly string[];
}

/** A public key as PEM, or where it is with the SHA-256 that it must have. */
export type AlpineKeyConfig =
  | { readonly pem: string; readonly fingerprint?: string }
  | { readonly url: string; readonly fingerprint: string };

export interface DockerfileConfig {
  readonly file?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
}

export interface FileConfig {
  readonly from: string;
  readonly to: string;
  /** Octal, as text: `0644`. */
  readonly mode?: string;
  /** `UID` or `UID:GID`, in numbers. */
  readonly owner?: string;
}

export interface HealthcheckConfig {
  /** A list is run as it is; text is given to `/bin/sh -c`, which most images of Coracle do not have. */
  readonly cmd: string | readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly startPeriod?: string;
  readonly startInterval?: string;
  readonly retries?: number;
}

export interface CompressionConfig {
  readonly type?: 'gzip' | 'zstd' | 'none';
  readonly level?: number;
}

export interface RegistryConfig {
  readonly insecure?: boolean;
  readonly ca?: string;
  readonly mirrors?: readonly string[];
}
