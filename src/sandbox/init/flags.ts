/** Flags of mount(2), mount_setattr(2) and umount2(2), as the kernel's headers number them. */
export const MS = {
  rdonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  bind: 4096,
  rec: 16_384,
  private: 262_144,
  strictatime: 16_777_216,
} as const;
export const ATTR = { rdonly: 1, nosuid: 2, nodev: 4, noexec: 8 } as const;
export const detach = 2;
/** open(2): a handle on a place, not on its content. */
export const O_PATH = 0o10000000;
