// Runs in <head>, before anything is drawn: a page that is dark by choice must not
// flash white. A classic script, since modules wait for the document. The rest of
// the theme is in theme.ts.
try {
  const theme = localStorage.getItem('rollcall-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage there is no choice to show.
}
