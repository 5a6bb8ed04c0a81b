import { keep, kept } from './keep';

/** Light or dark by choice, or as the system has it. */
export type Theme = 'system' | 'light' | 'dark';

export const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** Where the choice is kept; src/first.js reads it too, before anything is drawn. */
export const themeKey = 'rollcall-theme';

/** The theme that was kept; the system's if none was, or none that we know. */
export function parseTheme(value: string | null | undefined): Theme {
  return themes.find((theme) => theme === value) ?? 'system';
}

/** The theme that this reader chose last. */
export function keptTheme(): Theme {
  return parseTheme(kept(themeKey));
}

/** Shows a theme from now on, and keeps the choice for all of Rollcall's pages. */
export function chooseTheme(theme: Theme): void {
  showTheme(theme);
  keep(themeKey, theme);
}

/**
 * Shows a theme: `data-theme` on the document decides its `color-scheme` (tokens.css),
 * and the bars of the browser around the page follow.
 */
export function showTheme(theme: Theme, root: HTMLElement = document.documentElement): void {
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const meta of root.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.media = barMedia(theme, parseTheme(meta.dataset.scheme));
  }
}

/** When the colour of the bars for one scheme applies, as a media query. */
export function barMedia(theme: Theme, scheme: Theme): string {
  if (theme === 'system') return `(prefers-color-scheme: ${scheme})`;
  return theme === scheme ? 'all' : 'not all';
}
