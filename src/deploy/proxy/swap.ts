import { checkService } from '../../proxy/names.ts';
import { sendPayload } from '../../proxy/socket.ts';

/**
 * Gives a running proxy another certificate and key for a service; connections are not touched.
 * @param known whether it has one for the service already
 * @throws ToolError PROXY_FAILED, PROXY_UNREACHABLE
 */
export async function swapCertificate(socketPath: string, service: string, pem: string): Promise<void> {
  const file = `certificates/${checkService(service)}.pem`;
  const list = await sendPayload(socketPath, 'show ssl cert');
  const known = list.split('\n').some((line) => line.trim().replace(/^\*/, '') === file);
  if (!known) await sendPayload(socketPath, `new ssl cert ${file}`);
  await sendPayload(socketPath, `set ssl cert ${file} <<\n${pem}\n`);
  await sendPayload(socketPath, `commit ssl cert ${file}`);
  if (!known) await sendPayload(socketPath, `add ssl crt-list certificates/list ${file}`);
}
