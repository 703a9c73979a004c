import { defineVerb } from '../verb.ts';

export const completion = defineVerb({
  name: 'completion',
  summary: 'Print a completion script for a shell',
  description:
    'Prints a script that completes verbs, flags, their values, and the names of images in the store.',
  args: [{ name: 'SHELL', help: 'bash, zsh or fish.', choices: ['bash', 'zsh', 'fish'] }],
  flags: [],
  examples: [
    { command: 'source <(coracle completion bash)', what: 'In ~/.bashrc.' },
    { command: 'coracle completion zsh > "${fpath[1]}/_coracle"', what: 'Once, for zsh.' },
    { command: 'coracle completion fish > ~/.config/fish/completions/coracle.fish', what: 'Once, for fish.' },
  ],
  async run(_ctx, input, out) {
    const { completionScript } = await import('../completion.ts');
    await out.print(await completionScript(input.args[0] ?? ''));
    return 0;
  },
});
