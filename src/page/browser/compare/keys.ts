/** What keys do; the help shows these words. */
export const keyWords: readonly (readonly [keys: string, what: string])[] = [
  ['1 to 6', 'to the parts of the page, in their order'],
  ['Tab', 'to the next heading, link or Dockerfile'],
  ['Enter', 'sort by a column; open a Dockerfile'],
  ['t', 'light or dark'],
  ['?', 'this help'],
];

export function listenToKeys(
  parts: readonly { readonly id: string }[],
  actions: { readonly theme: () => void; readonly help: () => void },
): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest('dialog')) return;
    const part = /^[1-9]$/.test(event.key) ? parts[Number(event.key) - 1] : undefined;
    if (part) goTo(part.id);
    else if (event.key === 't') actions.theme();
    else if (event.key === '?') actions.help();
    else return;
    event.preventDefault();
  });
}

/** Takes the keyboard along, so that Tab goes on from there. */
function goTo(id: string): void {
  document.querySelector(`#${id}`)?.scrollIntoView();
  document.querySelector<HTMLElement>(`#${id}-title`)?.focus({ preventScroll: true });
}
