/** Digests of scripts' normal forms, by script; beside each, where it was first seen. */
type Scripts = Readonly<Partial<Record<'preinst' | 'postinst', readonly string[]>>>;

/**
 * The maintainer scripts that somebody read, of packages that have a recipe. `node scripts/debian-scripts.ts FILE.deb` prints what is
 * to be added for a new version.
 */
export const knownScripts: Readonly<Record<string, Scripts>> = {
  'base-files': {
    postinst: ['40054df553ca5cc7583959721a5d9a4cef01fb578119b0a29baaa3296f687aa8'], // Debian 12
  },
  'base-passwd': {
    preinst: ['e28bb55710eb8626a89c8048586ad8b112bf8062397ddfc285f8dd24fbb0e0f3'], // Debian 12
    postinst: ['9847b1db417d137109403f95b4dd8de0276bcc6885683d258f93dcccbb8a6fee'], // Debian 12
  },
  bash: {
    postinst: ['5b387c2b1f6634e6332977bf30b79e73ec6fd17bc608fba0c6d7d97cbd25dc73'], // Debian 12
  },
  'ca-certificates': {
    postinst: ['15a873eb492772747ec721ec4c7b4af10b37666214f684e33a3bca113325c39b'], // Debian 12
  },
  coreutils: {
    postinst: ['c15be3627f5fadf02d980d0668e77a64a16897b16796709f6588aada58da0364'], // Debian 12
  },
  dash: {
    postinst: ['0f574bc8a2b421279c78986e210b06c3af17890147dd1c57eb6a527cb1fce422'], // Debian 12
  },
  debconf: {
    postinst: ['9805cb9330d876f4b71ca52f862ac7ab33999f11da296103b262a30c081b0c80'], // Debian 12
  },
  'libc-bin': {
    postinst: ['37ea04abf46496d7298f8b12ac83fc7ab1cb68fb5d309635c470bf24130246ba'], // Debian 12
  },
  libc6: {
    preinst: [
      'b746ded37ed549063d7e27c94c1e70a42463ad5975897a1d70616e39ea891085', // Debian 12, with lib64
      'af645fffbb7e66567a0de5df5bdf31d6ab8bf5e692a08a63c0688f37cfde65f6', // Debian 12, without lib64
    ],
    postinst: ['ec09d8cfbf1d719db6969a8965ff5bdca2501309df90da1ff8fc7361d1ba112d'], // Debian 12
  },
  netbase: {
    postinst: ['2d999ed93e56b0e67f3ed4a2323a1bb01620207130e17700925f6803113629b9'], // Debian 12
  },
  openssl: {
    postinst: ['5c4a493bda218491382596ff3bcf139ead46ebedbbcc54d867308f323da66d57'], // Debian 12
  },
  tzdata: {
    postinst: ['8e704a17844ebe3bab751c20e4dcf44faf3dc50ca9d1defa3f25074395da7163'], // Debian 12
  },
};
