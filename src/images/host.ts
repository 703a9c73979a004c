import { ToolError } from '../core/errors.ts';
import { parseReference } from '../oci/reference.ts';

/** A registry's host as `login` takes it: Docker Hub when there is none; a scheme and a path before and behind it are forgiven. */
export function registryHost(text: string | undefined): string {
  if (text === undefined || text === '') return 'docker.io';
  const host = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (!/[.:]/.test(host) && host !== 'localhost') {
    throw new ToolError('REFERENCE_INVALID', `${JSON.stringify(text)} is no registry`, {
      hint: 'Name its host, such as registry.example.com or localhost:5000.',
    });
  }
  return parseReference(`${host}/name`).registry;
}
