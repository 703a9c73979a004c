/**
 * Where a worker thread's program is: beside the module that starts it, as .ts in the source tree; as .js beside the bundle's chunks.
 * @param here the module's import.meta.url
 */
export function workerFile(name: string, here: string): URL {
  return new URL(`./${name}.${here.endsWith('.ts') ? 'ts' : 'js'}`, here);
}
