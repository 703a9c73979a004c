/** Linux's names of the capabilities by their bits (capabilities(7)). */
const names = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin ' +
  'net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time ' +
  'sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read ' +
  'perfmon bpf checkpoint_restore'
).split(' ');

const attribute = 'security.capability';

/**
 * File capabilities as `getcap` writes them (`cap_net_bind_service=ep`), from the extended attribute (struct vfs_cap_data: revisions 1, 2 and
 * 3, little-endian); undefined when there are none.
 */
export function capabilitiesOf(xattrs: Readonly<Record<string, Uint8Array>> | undefined): string | undefined {
  const bytes = xattrs?.[attribute];
  if (!bytes) return undefined;
  const data = Buffer.from(bytes);
  const revision = data.length >= 4 ? data.readUInt8(3) : 0;
  const size = { 1: 12, 2: 20, 3: 24 }[revision];
  if (size === undefined || data.length !== size) return `${attribute} that no kernel understands`;
  const effective = (data.readUInt8(0) & 1) !== 0 ? 'e' : '';
  const groups = new Map<string, string[]>();
  for (let bit = 0; bit < (revision === 1 ? 32 : 64); bit++) {
    const at = bit < 32 ? 4 : 12;
    const mask = 2 ** (bit % 32);
    const isIn = (offset: number): boolean => Math.floor(data.readUInt32LE(offset) / mask) % 2 === 1;
    const flags = `${isIn(at + 4) ? 'i' : ''}${isIn(at) ? 'p' : ''}`;
    if (flags === '') continue;
    const set = `${effective}${flags}`;
    groups.set(set, [...(groups.get(set) ?? []), `cap_${names[bit] ?? bit}`]);
  }
  const text = [...groups].map(([set, caps]) => `${caps.join(',')}=${set}`).join(' ');
  const owner = revision === 3 ? ` for root of uid ${data.readUInt32LE(20)}` : '';
  return `${text === '' ? '=' : text}${owner}`;
}
