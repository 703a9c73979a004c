const greeting: HTMLElement | null = document.querySelector('#greeting');
if (greeting) greeting.textContent = 'Built by Node, served by Go.';
