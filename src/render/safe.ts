/**
 * Text from outside (compiler lines, registry answers, file names) without what a terminal would obey: escape sequences, control
 * characters, and the marks that reverse the direction of text. Tabs and line ends stay.
 */
export function safe(text: string): string {
  // oxlint-disable no-control-regex
  return text
    .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, '');
  // oxlint-enable no-control-regex
}

/** URLs without their user name and password. */
export function maskUrls(text: string): string {
  return text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, '$1***@');
}

/** A name or a message from outside on one line, passwords in addresses masked. */
export function oneLine(text: string): string {
  return maskUrls(safe(text)).replaceAll(/\s+/g, ' ').trim();
}
