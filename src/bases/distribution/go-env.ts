/** User, password and query of an address; go.env has lists of addresses, with commas or bars between them. */
const secrets = /([a-z][a-z0-9+.-]*:\/\/)(?:[^/\s,|]*@)?([^\s,|?]*)(?:\?[^\s,|]*)?/gi;

/**
 * go.env (https://go.dev/ref/mod#environment-variables) without names and passwords in addresses: a host's own toolchain may have those of the
 * builder, which are not the image's.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(secrets, '$1$2');
}
