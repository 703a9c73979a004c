import type { FleetHost } from '../fleet.ts';

/** One way for an image to get onto hosts. */
export interface Way {
  /** For sentences: `from registry.example.com`, `through ssh`. */
  readonly from: string;
  /**
   * @param progress is told a few words from time to time
   * @throws ToolError CONTAINER_FAILED with the runtime's words, DISK_FULL, HOST_UNREACHABLE
   */
  bring(host: FleetHost, progress: (note: string) => void): Promise<Brought>;
  close(): Promise<void>;
}

export interface Brought {
  /** What the host's runtime knows it by. */
  readonly image: string;
  readonly note: string;
}
