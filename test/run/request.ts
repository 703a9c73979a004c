import type { ProcessRequest } from '../../src/run/types.ts';

/** What `coracle run` asks for without flags. */
export const request: ProcessRequest = {
  env: [],
  envFiles: [],
  ports: [],
  volumes: [],
  tmpfs: [],
  network: 'host',
  addHosts: [],
  readOnly: false,
  ulimits: [],
  capAdd: [],
  capDrop: [],
  tty: false,
  stopTimeout: 10,
};
