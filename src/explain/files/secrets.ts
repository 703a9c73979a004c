import { baseOf } from '../../layer/safe-path.ts';

/** Bytes at the beginning of a file in which a secret shows. */
export const secretHead = 4096;

/** Larger files hold data, not credentials. */
const largest = 1024 * 1024;

interface Rule {
  readonly kind: string;
  /** Of the path, lower case, with a slash before it. Without it, any file. */
  readonly path?: RegExp;
  /** Of the first bytes as latin1. */
  readonly content: RegExp;
}

const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;

/** Names alone prove nothing: an empty `.npmrc` is no secret, and neither is a key that is public. */
const rules: readonly Rule[] = [
  { kind: 'PuTTY private key', path: /\.ppk$/, content: /^PuTTY-User-Key-File-/ },
  {
    kind: 'AWS credentials',
    path: /\/(?:\.aws\/(?:credentials|config)|credentials(?:\.ini)?)$/,
    content: /aws_secret_access_key\s*=\s*\S/i,
  },
  { kind: 'npm token', path: /\/\.npmrc$/, content: /_(?:authToken|auth|password)\s*=\s*[^\s$]/ },
  { kind: 'yarn token', path: /\/\.yarnrc\.yml$/, content: /npmAuthToken:\s*["']?[^\s"'$]/ },
  { kind: 'password for servers', path: /\/[._]netrc$/, content: /\bpassword\s+\S/ },
  { kind: 'Git credentials', path: /\/\.git-credentials$/, content: /:\/\/[^\s/:@]+:[^\s@]+@/ },
  {
    kind: 'registry credentials',
    path: /\/(?:\.docker\/config\.json|\.dockercfg|containers\/auth\.json)$/,
    content: /"(?:auth|identitytoken|password)"\s*:\s*"[^"]/,
  },
  { kind: 'Python package index credentials', path: /\/\.pypirc$/, content: /password\s*[:=]\s*\S/ },
  { kind: 'RubyGems API key', path: /\/\.gem\/credentials$/, content: /_key:\s*\S/ },
  { kind: 'Cargo token', path: /\/\.cargo\/credentials(?:\.toml)?$/, content: /token\s*=\s*"[^"]/ },
  {
    kind: 'Kubernetes credentials',
    path: /\/(?:\.kube\/config|kubeconfig|[^/]+\.kubeconfig)$/,
    content: /(?:client-key-data|token|password):\s*\S/,
  },
  { kind: 'Google service account key', path: /\.json$/, content: /"private_key"\s*:\s*"-----BEGIN/ },
  { kind: 'PostgreSQL password', path: /\/\.pgpass$/, content: /^[^#\s][^\n]*:[^\n:]+$/m },
  {
    kind: 'Terraform token',
    path: /\/(?:\.terraformrc|credentials\.tfrc\.json)$/,
    content: /token"?\s*[=:]\s*"[^"]/,
  },
  { kind: 'Vault token', path: /\/\.vault-token$/, content: /\S/ },
  { kind: 'password hashes', path: /\/etc\/shadow-?$/, content: /^[^:\n]+:\$[0-9a-z]+\$/m },
  {
    kind: 'environment file with a secret',
    path: /\/\.env(?:\.(?!example$|sample$|template$|dist$)[^/]*)?$/,
    content:
      /^(?:export\s+)?\w*(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|DATABASE_URL)\w*\s*=\s*["']?[^\s"'$<]/im,
  },
  { kind: 'private key', content: privateKey },
];

/** Names that are looked into whatever they begin with. */
const named =
  /\/(?:\.[^/]+|credentials[^/]*|config|config\.json|auth\.json|kubeconfig|shadow-?|[^/]+\.(?:json|kubeconfig|ppk|pem|key))$/;

/**
 * What kind of secret a file holds, judged by its name and its first bytes; undefined for none that is known. The secret itself is not
 * kept.
 */
export function secretIn(path: string, size: number, head: Buffer): string | undefined {
  if (size === 0 || size > largest) return undefined;
  const place = `/${path}`.toLowerCase();
  // Keys begin with five dashes, sometimes after a few lines of text.
  if (head[0] !== 0x2d && !named.test(place)) return undefined;
  const text = head.subarray(0, secretHead).toString('latin1');
  const found = rules.find((rule) => (!rule.path || rule.path.test(place)) && rule.content.test(text))?.kind;
  return found === 'private key' && isExample(place) ? undefined : found;
}

/** Keys that programs and their documentation carry for everyone to see; those of Go's sources are for the tests of its own packages. */
function isExample(place: string): boolean {
  return (
    /\/src\/crypto\/(?:x509|tls)\/[^/]+$/.test(place) ||
    /\/(?:usr\/share\/doc|testdata|tests?|examples?|fixtures?)\//.test(place) ||
    baseOf(place).includes('example')
  );
}
