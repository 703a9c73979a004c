/**
 * Which system calls a program in runc may make: the policy of Docker's default profile. All that is not listed is refused with
 * EPERM, what a program can do without is said not to exist.
 */

/** Calls that any program may need, by what they are about; `name*64` stands for both name and name64. */
const allowed = `
  process: exit exit_group execve execveat fork vfork wait4 waitid waitpid clone getpid getppid gettid getpgid getpgrp getsid setpgid setsid
    kill tkill tgkill pidfd_open pidfd_send_signal pidfd_getfd ptrace process_madvise process_mrelease process_vm_readv process_vm_writev
    prctl arch_prctl personality set_tid_address set_robust_list get_robust_list set_thread_area get_thread_area rseq membarrier
    restart_syscall sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
    sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval
    sched_rr_get_interval_time64 getpriority setpriority ioprio_get ioprio_set nice times getrusage getcpu getrlimit setrlimit ugetrlimit
    prlimit64 umask uname sysinfo alarm pause kcmp getrandom seccomp capget capset landlock_add_rule landlock_create_ruleset
    landlock_restrict_self cachestat map_shadow_stack futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue mseal
    riscv_flush_icache riscv_hwprobe cacheflush breakpoint set_tls get_tls
  ids: getuid*32 geteuid*32 getgid*32 getegid*32 getresuid*32 getresgid*32 setuid*32 setgid*32 setreuid*32 setregid*32 setresuid*32
    setresgid*32 setfsuid*32 setfsgid*32 getgroups*32 setgroups*32
  signals: rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
    rt_tgsigqueueinfo sigaltstack signal sigaction sigpending sigprocmask sigreturn sigsuspend signalfd signalfd4
  memory: brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock munlockall remap_file_pages
    memfd_create memfd_secret pkey_alloc pkey_free pkey_mprotect
  files: open openat openat2 creat close close_range read write readv writev pread64 pwrite64 preadv preadv2 pwritev pwritev2 lseek _llseek
    dup dup2 dup3 fcntl*64 flock fsync fdatasync sync syncfs sync_file_range sync_file_range2 arm_sync_file_range fadvise64 fadvise64_64
    arm_fadvise64_64 fallocate truncate*64 ftruncate*64 readahead sendfile*64 splice tee vmsplice copy_file_range ioctl pipe pipe2
    stat*64 lstat*64 fstat*64 fstatat64 newfstatat statx statfs*64 fstatfs*64 access faccessat faccessat2 readlink readlinkat getcwd
    chdir fchdir chroot mkdir mkdirat rmdir rename renameat renameat2 link linkat unlink unlinkat symlink symlinkat mknod mknodat
    getdents*64 readdir chmod fchmod fchmodat fchmodat2 chown*32 fchown*32 lchown*32 fchownat utime utimes futimesat utimensat
    utimensat_time64 getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr
    listxattrat removexattr lremovexattr fremovexattr removexattrat inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    fanotify_mark name_to_handle_at statmount listmount
  waiting: select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait
    epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
    io_pgetevents_time64
  time: time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 nanosleep
    getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
    timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
  sockets: socketcall socketpair bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt shutdown send sendto
    sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
  messages: ipc msgget msgsnd msgrcv msgctl semget semop semctl semtimedop semtimedop_time64 shmget shmat shmdt shmctl mq_open mq_unlink
    mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 mq_notify mq_getsetattr
  x86: modify_ldt
`;

/** What a capability that was granted brings. */
const byCapability: Readonly<Record<string, string>> = {
  SYS_ADMIN:
    'bpf clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree perf_event_open ' +
    'pivot_root quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare',
  SYS_BOOT: 'reboot',
  SYS_MODULE: 'delete_module init_module finit_module',
  SYS_PACCT: 'acct',
  SYS_RAWIO: 'iopl ioperm',
  SYS_TIME: 'settimeofday stime clock_settime clock_settime64 adjtimex clock_adjtime clock_adjtime64',
  SYS_TTY_CONFIG: 'vhangup',
  SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  SYSLOG: 'syslog',
  BPF: 'bpf',
  PERFMON: 'perf_event_open',
  DAC_READ_SEARCH: 'open_by_handle_at',
};

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const newNamespaces = 0x7e020000;
/** Personalities of plain and of 32-bit Linux, without and with short inode numbers, and the question which one it is. */
const personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
const addressFamilyVsock = 40;

interface Rule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[];
}

const ENOSYS = 38;

/** The `linux.seccomp` of an OCI runtime configuration. */
export function seccompProfile(capabilities: readonly string[]): object {
  const special = new Set(['personality', 'clone']);
  const names = expand(allowed).filter((name) => !special.has(name));
  const more = capabilities.flatMap((name) => byCapability[name]?.split(' ') ?? []);
  const admin = capabilities.includes('SYS_ADMIN');
  const rules: Rule[] = [
    { names: [...new Set([...names, ...more])], action: 'SCMP_ACT_ALLOW' },
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      ...(admin ? {} : { args: [{ index: 0, value: newNamespaces, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }] }),
    },
    {
      names: ['socket'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: addressFamilyVsock, op: 'SCMP_CMP_NE' }],
    },
    ...personalities.map((value): Rule => ({
      names: ['personality'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
    })),
    // Its flags lie in memory, where no filter sees them; programs then use clone.
    ...(admin ? [] : [{ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS } as const]),
  ];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures:
      process.arch === 'arm64'
        ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
        : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: rules,
  };
}

function expand(table: string): string[] {
  return table
    .split(/\s+/)
    .filter((word) => word !== '' && !word.endsWith(':'))
    .flatMap((word) => {
      const [name = '', bits] = word.split('*');
      return bits === undefined ? [name] : [name, `${name}${bits}`];
    });
}
