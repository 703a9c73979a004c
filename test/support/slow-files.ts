/**
 * Seconds of processor that files take which take long, when nothing is in the test cache. What is first, and what is beside it, decides when
 * the whole ends; that the numbers are right does not matter. CONTRIBUTING.md says how to measure them again.
 */
export const slowFiles: Readonly<Record<string, number>> = {
  // These make what others wait for: BuildKit, base images, the go command's caches.
  'test/parity/root.test.ts': 460,
  'test/e2e/dockerfile-real-root.test.ts': 163,
  'test/e2e/clone.test.ts': 110,
  'test/e2e/dockerfile-real-user.test.ts': 108,
  'test/e2e/go-cache.test.ts': 80,
  // Not beside parity/root: what BuildKit says to a case is kept, and then there for these.
  'test/parity/single.test.ts': 75,
  'test/parity/subids.test.ts': 20,
  'test/deploy/look/fleet.test.ts': 60,
  'test/sandbox/builtin.test.ts': 55,
  'test/e2e/unchanged.test.ts': 44,
  'test/base/debian/compose-real.test.ts': 44,
  'test/golang/ledger/fuzz.test.ts': 40,
  'test/e2e/bad-days.test.ts': 40,
  'test/e2e/bad-days-registry.test.ts': 38,
  'test/e2e/bad-days-images.test.ts': 35,
  'test/golang/ledger/read.test.ts': 35,
  'test/compare/measure/failure.test.ts': 35,
  'test/e2e/deploy.test.ts': 34,
  'test/e2e/explain.test.ts': 32,
  'test/e2e/dockerfile-bad-together.test.ts': 31,
  'test/e2e/dockerfile-why.test.ts': 30,
  'test/e2e/secrets.test.ts': 30,
  'test/run/program.test.ts': 30,
  'test/deploy/host/release.test.ts': 30,
  'test/deploy/host/settle.test.ts': 29,
  'test/deploy/bring.test.ts': 28,
  'test/e2e/package.test.ts': 28,
  'test/bases/distribution/distribution.test.ts': 28,
  'test/e2e/dockerfile-bad-files.test.ts': 27,
  'test/golang/ledger/oracle.test.ts': 26,
  'test/golang/toolchain-real.test.ts': 26,
  'test/page/page.test.ts': 25,
  'test/cli/json.test.ts': 22,
  'test/remote/lifetime.test.ts': 22,
  'test/e2e/dockerfile-go-cache.test.ts': 20,
};
