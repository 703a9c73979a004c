import { didYouMean, quoted } from './dockerfile-error.ts';

/**
 * The value of a mount's option, in one spelling: `true` and `false`, lower case for `sharing`. For values without variables.
 * @returns the message and hint of an error instead, when it is none
 */
export function mountValue(name: string, text: string): string | { message: string; hint: string } {
  const wrong = (hint: string): { message: string; hint: string } => ({
    message: `the mount option ${name} cannot be ${quoted(text)}`,
    hint,
  });
  switch (name) {
    case 'readonly':
    case 'required':
      if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return 'true';
      if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return 'false';
      return wrong(`Write ${name}=true or ${name}=false`);
    case 'sharing': {
      const modes = ['shared', 'private', 'locked'];
      const mode = text.toLowerCase();
      return modes.includes(mode) ? mode : wrong(didYouMean(mode, modes, 'sharing='));
    }
    case 'mode':
      return isNumber(text, /^[0-7]+$/, 8) ? text : wrong('Write an octal number: mode=0755');
    case 'uid':
    case 'gid':
      return isNumber(text, /^\d+$/, 10) ? text : wrong(`Write a number: ${name}=1000`);
    case 'size':
      return sizeForm.test(text) ? text : wrong('Write size=64m');
    default:
      return text;
  }
}

/** As Docker's go-units has it: `64m`, `1.5GB`, `1e3`. */
const sizeForm = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)? ?(?:[kmgtpe]i?)?b?$/i;

/** A whole number of 32 bits. */
function isNumber(text: string, form: RegExp, base: 8 | 10): boolean {
  return form.test(text) && Number.parseInt(text, base) <= 0xffff_ffff;
}
