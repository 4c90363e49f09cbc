/**
 * Light or dark, and how large the text is: the system's choice unless the reader made one, which
 * this browser remembers. `theme-boot.ts` applies it before anything is painted.
 */
export type Theme = "system" | "light" | "dark";

const THEME = "scitex-writer:theme";
const SIZE = "scitex-writer:text-size";

/** Pixels. */
const USUAL = 13.5;
const SMALLEST = 11;
const LARGEST = 24;

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // It then holds for this page only.
  }
}

export function rememberedTheme(): Theme {
  const theme = remembered(THEME);
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function rememberedSize(): number {
  const size = Number(remembered(SIZE));
  return size >= SMALLEST && size <= LARGEST ? size : USUAL;
}

/** Shows the remembered choice. */
export function apply(): void {
  const root = document.documentElement;
  const theme = rememberedTheme();
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  const size = rememberedSize();
  if (size === USUAL) root.style.removeProperty("--text-size");
  else root.style.setProperty("--text-size", `${size}px`);
}

export function chooseTheme(theme: Theme): void {
  remember(THEME, theme === "system" ? null : theme);
  apply();
}

/** One step larger (1) or smaller (-1); 0 is back to the usual. */
export function resize(step: 1 | -1 | 0): void {
  const size = step === 0 ? USUAL : Math.min(LARGEST, Math.max(SMALLEST, rememberedSize() + step * 1.5));
  remember(SIZE, size === USUAL ? null : String(size));
  apply();
}
