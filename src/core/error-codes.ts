/**
 * Every error code that Coracle can end with: its exit code and what it means. docs/errors.md is generated from this table.
 * Codes are stable: scripts may rely on them.
 *
 * Exit codes: 1 a check found something, 2 wrong usage or config, 3 it failed, 70 our bug, 130 interrupted.
 */
export const errorCodes = {
  // usage and configuration
  USAGE: {
    exit: 2,
    means: 'The command line is wrong: an unknown verb or flag, or a value of the wrong form.',
  },
  CONFIG_INVALID: {
    exit: 2,
    means: 'coracle.yaml, coracle.lock or .ko.yaml does not say what it must, or not in the right form.',
  },
  REFERENCE_INVALID: { exit: 2, means: 'An image reference, tag, digest or platform is not well formed.' },
  UNSUPPORTED: { exit: 2, means: 'Coracle does not do this (yet); the message says what it does instead.' },
  // Go
  NO_GO_MOD: { exit: 2, means: 'The directory is in no Go module.' },
  NO_MAIN_PACKAGE: { exit: 2, means: 'The pattern names no main package.' },
  SEVERAL_MAIN_PACKAGES: { exit: 2, means: 'The pattern names several main packages where one is needed.' },
  GO_COMPILE: { exit: 3, means: 'The Go compiler or linker refused the program; its own lines follow.' },
  GO_MODULE: {
    exit: 3,
    means: 'A module could not be resolved, fetched or verified; the lines of the go command follow.',
  },
  GO_VERSION_UNKNOWN: { exit: 2, means: 'There is no such Go release, or none for this machine.' },
  TOOLCHAIN_FETCH: { exit: 3, means: 'The Go toolchain could not be fetched.' },
  CHECKSUM_MISMATCH: {
    exit: 3,
    means:
      'What was fetched is not what the checksum database, the lock or a published hash says. Nothing of it was used.',
  },
  LOCK_MISMATCH: {
    exit: 3,
    means: 'coracle.lock pins an input that cannot be had any more, or that came with other bytes.',
  },
  BINARY_UNREADABLE: { exit: 3, means: 'The compiled program is no ELF file that Coracle can read.' },
  BASE_CANNOT_RUN: {
    exit: 3,
    means: 'The chosen base lacks something the program needs, such as a shared library or a loader.',
  },
  // package archives
  SIGNATURE_INVALID: {
    exit: 3,
    means:
      'A package index or a package is not signed by a key that is pinned for it, or was changed after it was signed.',
  },
  INDEX_OUTDATED: {
    exit: 3,
    means: 'A package index has expired, is dated in the future, or is older than one that was seen before.',
  },
  INDEX_INVALID: { exit: 3, means: 'A package index does not say what it must, or not in the right form.' },
  PACKAGE_UNRESOLVABLE: {
    exit: 3,
    means: 'A package that is asked for is not in the index, or what it needs cannot be had together.',
  },
  PACKAGE_INVALID: { exit: 3, means: 'A package is damaged, or is not in the form that its kind has.' },
  BASE_UNVERIFIED: {
    exit: 3,
    means: 'A test that ran inside a base failed, so the base is not used; the tests that failed follow.',
  },
  BASE_SCRIPT_UNKNOWN: {
    exit: 3,
    means:
      'A package has a maintainer script that no recipe of Coracle stands for. Scripts are not run, so what it makes would be missing.',
  },
  BASE_SCRIPT_FAILED: {
    exit: 3,
    means: 'A maintainer script of a package failed while a distribution was made; its last lines follow.',
  },
  // images, archives, the store
  BLOB_CORRUPT: {
    exit: 3,
    means: 'A blob does not have the digest or size that its descriptor says. It was set aside.',
  },
  NOT_FOUND: { exit: 3, means: 'There is no image, tag, blob or file of that name at that place.' },
  IMAGE_INVALID: { exit: 3, means: 'A manifest, index, config or archive breaks the image specification.' },
  ARCHIVE_UNSAFE: {
    exit: 3,
    means: 'A layer or archive holds a path that leaves its root, or an entry that is not allowed.',
  },
  ARCHIVE_TOO_LARGE: {
    exit: 3,
    means: 'A compressed stream unpacks to more than the limit or than its descriptor allows.',
  },
  STORE_BUSY: { exit: 3, means: 'Another process holds a lock on the store for too long.' },
  STORE_UNWRITABLE: { exit: 3, means: 'Coracle cannot write to its home directory.' },
  DISK_FULL: { exit: 3, means: 'The disk is full. Nothing half-written was kept.' },
  FILE_UNREADABLE: { exit: 3, means: 'A file that is needed cannot be read.' },
  FILE_UNWRITABLE: { exit: 3, means: 'A file or directory that is asked for cannot be written.' },
  // network
  NETWORK: {
    exit: 3,
    means: 'A server could not be reached, or the connection broke and the retries did too.',
  },
  REGISTRY_AUTH: { exit: 3, means: 'The registry asks for credentials, or refuses those given (401).' },
  REGISTRY_DENIED: { exit: 3, means: 'The registry knows who asks and refuses (403).' },
  REGISTRY_RATE_LIMIT: {
    exit: 3,
    means: 'The registry asks to slow down (429), and still did after the retries.',
  },
  REGISTRY_ERROR: {
    exit: 3,
    means: 'The registry answered with an error, or with something that is not the protocol.',
  },
  INSECURE_REFUSED: { exit: 3, means: 'Plain HTTP, or a certificate that nobody vouches for, was refused.' },
  CREDENTIALS: { exit: 3, means: 'A credential file or helper could not be used.' },
  // Dockerfiles
  DOCKERFILE_INVALID: {
    exit: 2,
    means: 'The Dockerfile does not say what it must; the line is shown, with what was expected.',
  },
  SECRET_MISSING: {
    exit: 2,
    means:
      'A step or a service asks for a secret, a variable or an SSH agent that was not given or is not there.',
  },
  RUN_FAILED: {
    exit: 3,
    means: 'A step of the Dockerfile ended with an exit code that is not 0; its last output follows.',
  },
  CONTEXT_INVALID: {
    exit: 2,
    means:
      'What is to be built from is not in the form it must be: a pattern, .dockerignore, an address, an archive.',
  },
  COPY_REFUSED: {
    exit: 3,
    means:
      'COPY, ADD or WORKDIR cannot put that there: a file is where a directory must be, or the other way round.',
  },
  CONTEXT_CHANGED: {
    exit: 3,
    means: 'A file changed while the build read it. Nothing of it was kept.',
  },
  SANDBOX_UNAVAILABLE: {
    exit: 3,
    means: 'This machine does not allow what running a step needs; the message says what, and what to do.',
  },
  SANDBOX_FAILED: { exit: 3, means: 'A process could not be started in its root file system.' },
  // the machine
  PORT_UNAVAILABLE: { exit: 3, means: 'A port of this machine is taken, or this user may not listen on it.' },
  TOOL_MISSING: { exit: 3, means: 'A program that is needed for this is not on the machine.' },
  ENGINE_UNREACHABLE: { exit: 3, means: 'No Docker or Podman answers on its socket.' },
  COMMAND_FAILED: { exit: 3, means: 'A program that Coracle ran failed; its own lines follow.' },
  INTERRUPTED: { exit: 130, means: 'Interrupted by a signal. Nothing half-written was kept.' },
  INTERNAL: { exit: 70, means: 'A bug in Coracle.' },
  // hosts
  HOST_UNREACHABLE: {
    exit: 3,
    means: 'A host could not be reached by ssh, or the connection to it was lost.',
  },
  HOST_KEY: {
    exit: 3,
    means: "A host's key is not known, or is another one than was known. Nothing was sent to it.",
  },
  HOST_UNFIT: {
    exit: 3,
    means:
      'A host lacks what a deploy needs: a container runtime, a right, room on its disk, or the right processor.',
  },
  DEPLOY_LOCKED: { exit: 3, means: 'Somebody else is deploying the same service to the same environment.' },
  CONTAINER_FAILED: {
    exit: 3,
    means: 'A container did not start, did not become ready, or did not stay up.',
  },
  RELEASE_UNKNOWN: { exit: 2, means: 'There is no such release on the hosts.' },
  RELEASE_FAILED: {
    exit: 3,
    means:
      'A release was not deployed: it failed on a host, or was judged to be worse. What served before serves.',
  },
  RELEASE_REVERTED: { exit: 3, means: 'A host went back by itself before the release was confirmed.' },
  FLEET_SPLIT: {
    exit: 3,
    means: 'Hosts serve different releases; the message names the command that resolves it.',
  },
  PROXY_FAILED: { exit: 3, means: 'The proxy refused a command or a configuration, or does not start.' },
  PROXY_UNREACHABLE: { exit: 3, means: "The proxy's runtime socket does not answer." },
  JOB_FAILED: { exit: 3, means: 'A job before or after the release failed.' },
  COMPOSE_INVALID: {
    exit: 2,
    means: 'The compose file does not say what it must, or not in the right form.',
  },
  STAGE_FAILED: { exit: 1, means: 'A stage of coracle ship failed.' },
} as const satisfies Record<string, { exit: 1 | 2 | 3 | 70 | 130; means: string }>;

/** A stable name of what went wrong; see docs/errors.md. */
export type ErrorCode = keyof typeof errorCodes;
