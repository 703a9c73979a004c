import { closest } from '../core/closest.ts';
import { invalid } from './stage.ts';

const names = [
  ...'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP'.split(
    ' ',
  ),
  ...'TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'.split(' '),
  ...Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`),
];

/** STOPSIGNAL: a number but 0, or a name of Linux's signals, with or without SIG. @throws ToolError DOCKERFILE_INVALID, without a place */
export function checkSignal(text: string): void {
  if (/^[-+]?\d+$/.test(text) ? Number(text) !== 0 : names.includes(text.toUpperCase().replace(/^SIG/, '')))
    return;
  const near = closest(text.toUpperCase().replace(/^SIG/, ''), names);
  throw invalid(
    `${JSON.stringify(text)} is not a signal`,
    near === undefined ? 'Give a name such as SIGTERM, or a number.' : `Did you mean SIG${near}?`,
  );
}
