import { parseDigest } from './digest.ts';
import {
  asArray,
  asObject,
  asString,
  asStringMap,
  asStrings,
  invalid,
  optional,
  parseObject,
  show,
} from './shape.ts';
import type { Json } from './shape.ts';
import type { ContainerConfig, HealthConfig, History, ImageConfig } from './types.ts';

const mostLayers = 1000;
const mostSteps = 10_000;

/**
 * An image config (OCI image-spec, config.md; Docker's extra fields too). Null fields are left out, unknown ones kept.
 * @throws ToolError IMAGE_INVALID
 */
export function checkConfig(bytes: Uint8Array): ImageConfig {
  const where = 'image config:';
  const body = parseObject(bytes, where);
  const os = asName(body['os'], `${where} os`);
  const architecture = asName(body['architecture'], `${where} architecture`);
  const rootfs = checkRootfs(body['rootfs'], `${where} rootfs`);
  const rest = optional(body, where, {
    created: asString,
    author: asString,
    variant: asString,
    'os.version': asString,
    'os.features': asStrings,
    config: checkContainer,
    history: (steps, at) =>
      asArray(steps, at, mostSteps).map((step, index) => checkHistory(step, `${at}[${index}]`)),
  });
  return { ...rest, os, architecture, rootfs };
}

function asName(value: unknown, where: string): string {
  const name = asString(value, where);
  if (name === '') throw invalid(where, 'must not be empty', 'This may be an artifact rather than an image.');
  return name;
}

function checkRootfs(value: unknown, where: string): ImageConfig['rootfs'] {
  const object = asObject(value, where);
  if (object['type'] !== 'layers')
    throw invalid(where, `must have the type "layers", not ${show(object['type'])}`);
  // Docker leaves the list out when there are no layers.
  const ids = asArray(object['diff_ids'] ?? [], `${where}.diff_ids`, mostLayers);
  return {
    ...object,
    type: 'layers',
    diff_ids: ids.map((id, index) => parseDigest(id, `${where}.diff_ids[${index}]`)),
  };
}

function checkHistory(value: unknown, where: string): History {
  return optional(asObject(value, where), where, {
    created: asString,
    created_by: asString,
    author: asString,
    comment: asString,
    empty_layer: asBoolean,
  });
}

function checkContainer(value: unknown, where: string): ContainerConfig {
  return optional(asObject(value, where), where, {
    User: asString,
    ExposedPorts: asSet,
    Env: asStrings,
    Entrypoint: asStrings,
    Cmd: asStrings,
    Volumes: asSet,
    WorkingDir: asString,
    Labels: asStringMap,
    StopSignal: asString,
    Healthcheck: checkHealth,
    Shell: asStrings,
    OnBuild: asStrings,
    ArgsEscaped: asBoolean,
  });
}

function checkHealth(value: unknown, where: string): HealthConfig {
  const object = asObject(value, where);
  const Test = asStrings(object['Test'] ?? [], `${where}.Test`);
  const rest = optional(object, where, {
    Interval: asInteger,
    Timeout: asInteger,
    StartPeriod: asInteger,
    StartInterval: asInteger,
    Retries: asInteger,
  });
  return { ...rest, Test };
}

/** Go's `map[string]struct{}`: only the keys mean something. */
function asSet(value: unknown, where: string): Json {
  return Object.fromEntries(Object.keys(asObject(value, where)).map((key) => [key, {}]));
}

function asBoolean(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(where, `must be true or false, not ${show(value)}`);
}

function asInteger(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw invalid(where, `must be a whole number, not ${show(value)}`);
}
