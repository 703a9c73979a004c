import type { LockedBase, LockedPackage } from '../bases/types.ts';
import { check } from './check.ts';
import { lockSchema, type Lock } from './lock.ts';
import { parseYaml } from './yaml.ts';

type Written = Omit<Lock, 'caBundle' | 'composed'> & {
  readonly version: 1;
  readonly 'ca-bundle'?: Lock['caBundle'];
  readonly composed?: Readonly<Record<string, WrittenBase>>;
};

interface WrittenBase extends Omit<LockedBase, 'packages'> {
  readonly packages: Readonly<Record<string, Omit<LockedPackage, 'name'>>>;
}

/** Parses and checks the text of a lock. @throws ToolError CONFIG_INVALID with the place */
export function parseLock(text: string, shown: string): Lock {
  const yaml = parseYaml(text, shown);
  // The schema has been checked node by node: the value has the form that it describes.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const written = check(yaml, yaml.resolve(yaml.root), lockSchema) as Written;
  const { go, zoneinfo, bases, composed, 'ca-bundle': caBundle } = written;
  return {
    ...(go ? { go } : {}),
    ...(caBundle ? { caBundle } : {}),
    ...(zoneinfo ? { zoneinfo } : {}),
    ...(bases ? { bases } : {}),
    ...(composed
      ? { composed: Object.fromEntries(Object.entries(composed).map(([key, base]) => [key, baseOf(base)])) }
      : {}),
  };
}

function baseOf({ packages, ...rest }: WrittenBase): LockedBase {
  return { ...rest, packages: Object.entries(packages).map(([name, one]) => ({ name, ...one })) };
}
