import { ToolError, messageOf, systemCode } from './errors.ts';

const certificateErrors = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;
const unknownAuthority = /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be resolved',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  EPIPE: 'the connection was cut',
  ERR_PROXY_TUNNEL: 'the proxy does not let it through',
};

/** A broken connection as a ToolError: INSECURE_REFUSED for certificates, else NETWORK (retryable). Names the host, never the whole address. */
export function networkError(url: URL, cause: unknown): ToolError {
  if (cause instanceof ToolError) return cause;
  const code = systemCode(cause);
  if (code !== undefined && certificateErrors.test(code)) {
    return new ToolError(
      'INSECURE_REFUSED',
      `${url.host} shows a certificate that nobody vouches for (${code})`,
      {
        cause,
        hint: 'Name the authority that signed it with --ca FILE or SSL_CERT_FILE.',
      },
    );
  }
  return new ToolError(
    'NETWORK',
    `cannot talk to ${url.host}: ${(code && reasons[code]) ?? messageOf(cause)}`,
    {
      cause,
      retryable: code !== 'ENOTFOUND',
      hint: 'Check the address, the network and HTTP_PROXY / HTTPS_PROXY / NO_PROXY.',
    },
  );
}

/** True when a certificate is sound but signed by an authority that is not known: knowing more authorities may help. */
export function isUnknownAuthority(error: unknown): boolean {
  if (!(error instanceof ToolError) || error.code !== 'INSECURE_REFUSED') return false;
  return unknownAuthority.test(systemCode(error.cause) ?? '');
}
