/** Digests of scripts' normal forms, by script; beside each, where it was first seen. */
type Scripts = Readonly<Partial<Record<'preinst' | 'postinst', readonly string[]>>>;

/**
 * The maintainer scripts that somebody read, of packages that have a recipe. `node scripts/debian-scripts.ts FILE.deb` prints what is
 * to be added for a new version.
 */
export const knownScripts: Readonly<Record<string, Scripts>> = {
  'base-files': {
    preinst: [
      'd9419516b63a153dce0da94c0fb30c393b54d772f729e5863bffccb2e918e680', // Debian 13, with lib64
      'f43a9f68ff02e9c298f5d8fbc319ab5ce0ca043738074977eb43c6c26ae9fe82', // Debian 13, without lib64
    ],
    postinst: [
      '40054df553ca5cc7583959721a5d9a4cef01fb578119b0a29baaa3296f687aa8', // Debian 12
      '625e7f92f2906dc20a3c4b4e8c85594c39e9384a17e809d5b4000566ffb55c16', // Debian 13, with lib64
      'b91003ce21211ae5b639f10e89b73a1bf043ed606a815f5c48115fe8bd209407', // Debian 13, without lib64
    ],
  },
  'base-passwd': {
    preinst: [
      'e28bb55710eb8626a89c8048586ad8b112bf8062397ddfc285f8dd24fbb0e0f3', // Debian 12 and 13
    ],
    postinst: [
      '9847b1db417d137109403f95b4dd8de0276bcc6885683d258f93dcccbb8a6fee', // Debian 12
      '99b1241e269f8fafe71d9a58f916cb7c37317ba842e306f2f5f6acaf2ddbc60b', // Debian 13
    ],
  },
  bash: {
    postinst: [
      '5b387c2b1f6634e6332977bf30b79e73ec6fd17bc608fba0c6d7d97cbd25dc73', // Debian 12 and 13
    ],
  },
  'ca-certificates': {
    postinst: [
      '15a873eb492772747ec721ec4c7b4af10b37666214f684e33a3bca113325c39b', // Debian 12 and 13
    ],
  },
  coreutils: {
    postinst: [
      'c15be3627f5fadf02d980d0668e77a64a16897b16796709f6588aada58da0364', // Debian 12
    ],
  },
  dash: {
    preinst: [
      '919d8f67a699740e22f51acea41c8d7d852d6747b40fff80c79d21b7275c23d8', // Debian 13
    ],
    postinst: [
      '0f574bc8a2b421279c78986e210b06c3af17890147dd1c57eb6a527cb1fce422', // Debian 12
      '5edc319c742833d2e21215cf7131ecacf6b646c1d487dc58cd68d9ff6be3fda8', // Debian 13
    ],
  },
  debconf: {
    postinst: [
      '9805cb9330d876f4b71ca52f862ac7ab33999f11da296103b262a30c081b0c80', // Debian 12 and 13
    ],
  },
  'libc-bin': {
    postinst: [
      '37ea04abf46496d7298f8b12ac83fc7ab1cb68fb5d309635c470bf24130246ba', // Debian 12 and 13
    ],
  },
  libc6: {
    preinst: [
      'b746ded37ed549063d7e27c94c1e70a42463ad5975897a1d70616e39ea891085', // Debian 12, with lib64
      'af645fffbb7e66567a0de5df5bdf31d6ab8bf5e692a08a63c0688f37cfde65f6', // Debian 12, without lib64
      '7372dd55feef3a1d7be930a82f527635f7cc75735215d39139d637d20eb2751b', // Debian 13, with lib64
      'ced18c6ca1cd3625ccb4c4a50cf241322a93e8967e308cac903c578b23dec3fc', // Debian 13, without lib64
      'bc0d913787c7770e68ac880346a6407160dac6aaa670de6d54bfbc202650a6d9', // Debian 13, armhf
    ],
    postinst: [
      'ec09d8cfbf1d719db6969a8965ff5bdca2501309df90da1ff8fc7361d1ba112d', // Debian 12
      'd20ffc3a9b1f43744fe0946fed18cbac0c17a39a0ad865bd946c588e91f176ea', // Debian 13
    ],
  },
  netbase: {
    postinst: [
      '2d999ed93e56b0e67f3ed4a2323a1bb01620207130e17700925f6803113629b9', // Debian 12
      'e5851f1dfd2ccb8e261596a408daad51286b3c2133d51531708209ed094535b9', // Debian 13
    ],
  },
  openssl: {
    postinst: [
      '5c4a493bda218491382596ff3bcf139ead46ebedbbcc54d867308f323da66d57', // Debian 12 and 13
    ],
  },
  tzdata: {
    postinst: [
      '8e704a17844ebe3bab751c20e4dcf44faf3dc50ca9d1defa3f25074395da7163', // Debian 12
      'b581525c6e220e97b84e2c092b567268730eac043214008d6a53ba3d99734431', // Debian 13
    ],
  },
  debianutils: {
    postinst: [
      'b7678ada7daa8a545f67f162072e8e42da63f9b4e658804c83ac5c672f461f6f', // Debian 12 and 13
    ],
  },
  gawk: {
    postinst: [
      '96f6a778b683e96cf8b25bcf2615e4deebeacaf6504a062994a2b4dc19342dd6', // Debian 12 and 13
    ],
  },
  haproxy: {
    postinst: [
      '9fe3628c9ac648eb36dba391c4b0ab7d829da5f241e840883fb456505047f949', // Debian 12 and 13
    ],
  },
  libgcrypt20: {
    postinst: [
      '53c340300682934d37a67ff4b42858a8cd539f8ebfe274fd8ee09b2ea2463dfe', // Debian 12
    ],
  },
  'libgssapi-krb5-2': {
    postinst: [
      '7942c83f7d36a2d8045e22fdea1674f8951466fe8b8ef1a52f648cb8d94181dc', // Debian 12 and 13
    ],
  },
  libwrap0: {
    postinst: [
      '0ee74bf857cb90fa19e369d9d3d9b2581491fcfeb3a53112c801a0359beb1df6', // Debian 12 and 13
    ],
  },
  'python3-minimal': {
    postinst: [
      'fa6c6741fbe9c4b0b5c16b2877fc68ac37a82edb0c7f248fc3777c85ba484e2e', // Debian 12 and 13
    ],
  },
  tar: {
    postinst: [
      '22f664b4aaae1d502503b51308a5dfb49b436e51a77223cc5aea22db31b65ae4', // Debian 12 and 13
    ],
  },
};
