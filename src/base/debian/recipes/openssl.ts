import type { BaseInProgress, Recipe } from '../recipe.ts';

/** OpenSSL looks for authorities in /usr/lib/ssl/certs; the link is in the package of its command, not in that of the library. */
function certificatesLink(base: BaseInProgress): void {
  if (!base.hasPackage('openssl') && base.hasPackage('ca-certificates')) {
    base.link('usr/lib/ssl/certs', '/etc/ssl/certs');
    base.link('usr/lib/ssl/cert.pem', '/etc/ssl/certs/ca-certificates.crt');
  }
}

const does =
  'has no script; the links of /usr/lib/ssl stand for those of the package openssl when that is left out';

export const libssl3: Recipe = { package: 'libssl3', does, make: certificatesLink };
export const libssl3t64: Recipe = { package: 'libssl3t64', does, make: certificatesLink };

export const openssl: Recipe = {
  package: 'openssl',
  does: 'links /usr/lib/ssl to /etc/ssl when there is none',
  make: (base) => {
    if (!base.has('usr/lib/ssl')) base.link('usr/lib/ssl', '/etc/ssl');
  },
};
