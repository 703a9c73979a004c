import type { Recipe } from '../recipe.ts';
import { baseFiles } from './base-files.ts';
import { caCertificates } from './ca-certificates.ts';
import { libcBin, libc6 } from './libc6.ts';
import { netbase } from './netbase.ts';
import { libssl3, libssl3t64, openssl } from './openssl.ts';
import { bash, coreutils, dash, debconf, othersKnown } from './shells.ts';
import { tzdata } from './tzdata.ts';
import { basePasswd } from './users.ts';

/** In the order in which they are made: what others look at comes first. */
export const recipes: readonly Recipe[] = [
  baseFiles,
  basePasswd,
  libcBin,
  libc6,
  netbase,
  tzdata,
  caCertificates,
  openssl,
  libssl3,
  libssl3t64,
  dash,
  bash,
  coreutils,
  debconf,
  ...othersKnown,
];
