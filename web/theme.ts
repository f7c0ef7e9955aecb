/** Light or dark: the system's choice unless the visitor makes another, which this browser remembers. */

import { button } from "./dom.ts";

const KEY = "charloom-theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");

const listeners = new Set<() => void>();

/** Calls `listener` whenever colours change: canvases must be drawn anew. */
export function onColoursChange(listener: () => void): void {
  listeners.add(listener);
}

/** A colour of tokens.css as it is now, for a canvas: "--main" for one. */
export function colour(name: string): string {
  // a custom property keeps light-dark() as it stands; a real one is resolved
  PROBE.style.color = `var(${name})`;
  if (!PROBE.isConnected) document.documentElement.append(PROBE);
  return getComputedStyle(PROBE).color;
}

const PROBE = document.createElement("i");
PROBE.hidden = true;

function isDark(): boolean {
  return (document.documentElement.dataset.theme ?? (DARK.matches ? "dark" : "light")) === "dark";
}

export function createThemeSwitch(): HTMLElement {
  const remembered = remember();
  if (remembered !== null) document.documentElement.dataset.theme = remembered;
  const made = button("", toggle, { class: "theme quiet" });
  function toggle(): void {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    remember(theme);
    label();
    for (const listener of listeners) listener();
  }
  function label(): void {
    made.textContent = isDark() ? "Light" : "Dark";
    made.setAttribute("aria-label", `Change to ${isDark() ? "light" : "dark"} colours`);
  }
  label();
  DARK.addEventListener("change", () => {
    label();
    for (const listener of listeners) listener();
  });
  return made;
}

/** Sets and gives the visitor's choice; null where there is none, or where a browser remembers nothing. */
function remember(theme?: string): string | null {
  try {
    if (theme !== undefined) localStorage.setItem(KEY, theme);
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
