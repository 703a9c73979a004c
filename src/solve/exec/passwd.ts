/** What /etc/passwd and /etc/group say (passwd(5), group(5)). Lines of another form are nobody's and are passed over. */

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap(([name = '', , uid, gid, , home = '']) =>
    name !== '' && isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [],
  );
}

export function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap(([name = '', , gid, members = '']) =>
    name !== '' && isId(gid)
      ? [{ name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }]
      : [],
  );
}

/** The highest id that programs may count on. */
const highest = 2 ** 31 - 1;

/** A user's or group's number, in decimal. */
export function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= highest;
}

function lines(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(':'));
}
