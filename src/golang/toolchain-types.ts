/** A Go toolchain that can be used. */
export interface Toolchain {
  /** `1.26.8` */
  readonly version: string;
  readonly goroot: string;
  /** Path of the go command. */
  readonly go: string;
  readonly origin: 'host' | 'fetched';
  /** What proves a fetched one: `h1:…` of its module, or `sha256:…` of its archive. */
  readonly hash?: string;
}
