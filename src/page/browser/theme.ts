/** Light or dark: as the system has it, until the reader chooses; the choice is kept where the browser allows it. */
export interface Theme {
  dark(): boolean;
  toggle(): void;
}

const key = 'coracle-theme';

export function makeTheme(changed: () => void): Theme {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = remembered();
  let printing = false;
  const isDark = (): boolean => !printing && (chosen === undefined ? system.matches : chosen === 'dark');
  const apply = (): void => {
    document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light';
  };
  const update = (): void => {
    apply();
    changed();
  };
  system.addEventListener('change', update);
  // Paper is white.
  for (const [event, value] of [
    ['beforeprint', true],
    ['afterprint', false],
  ] as const)
    window.addEventListener(event, () => {
      printing = value;
      update();
    });
  apply();
  return {
    dark: isDark,
    toggle: () => {
      chosen = isDark() ? 'light' : 'dark';
      try {
        localStorage.setItem(key, chosen);
      } catch {
        // A page opened from a file may not store anything: the choice holds as long as the page is open.
      }
      update();
    },
  };
}

function remembered(): 'dark' | 'light' | undefined {
  try {
    const value = localStorage.getItem(key);
    return value === 'dark' || value === 'light' ? value : undefined;
  } catch {
    return undefined;
  }
}
