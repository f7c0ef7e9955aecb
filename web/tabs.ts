/** Tabs as the ARIA practices have them: arrows move, the chosen tab alone is in the tab order, and the address remembers it. */

import { element } from "./dom.ts";
import type { View } from "./page.ts";

export interface Tab {
  readonly name: string;
  readonly title: string;
  readonly view: View;
}

export interface Tabs {
  readonly list: HTMLElement;
  readonly panels: readonly HTMLElement[];
  show(name: string): void;
  /** Shows the first view, once the page is put together. */
  begin(): void;
}

/** `wanted` is the name of the tab to begin with, if there is one of it. */
export function createTabs(tabs: readonly Tab[], wanted: string): Tabs {
  let current: Tab | undefined;
  const buttons = tabs.map((tab) =>
    element(
      "button",
      {
        id: `tab-${tab.name}`,
        attributes: { type: "button", role: "tab", "aria-controls": `panel-${tab.name}`, "aria-selected": "false" },
        on: { click: () => choose(tab) },
      },
      tab.title,
    ),
  );
  const panels = tabs.map(({ name, view }) =>
    element(
      "section",
      { id: `panel-${name}`, attributes: { role: "tabpanel", "aria-labelledby": `tab-${name}`, hidden: true } },
      view.element,
    ),
  );
  const list = element(
    "div",
    { class: "tabs", attributes: { role: "tablist", "aria-label": "Views" }, on: { keydown: move } },
    ...buttons,
  );

  function choose(tab: Tab): void {
    if (tab === current) return;
    const before = current;
    current = tab;
    for (const [index, other] of tabs.entries()) {
      const chosen = other === tab;
      buttons[index]!.setAttribute("aria-selected", String(chosen));
      buttons[index]!.tabIndex = chosen ? 0 : -1;
      panels[index]!.hidden = !chosen;
    }
    // where not all have room
    buttons[tabs.indexOf(tab)]!.scrollIntoView({ block: "nearest", inline: "nearest" });
    before?.view.hidden?.();
    tab.view.shown?.();
    history.replaceState(null, "", `#${tab.name}`);
  }

  function move(event: KeyboardEvent): void {
    const at = tabs.indexOf(current!);
    const last = tabs.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    choose(tabs[next]!);
    buttons[next]!.focus();
  }

  const named = (name: string) => tabs.find((tab) => tab.name === name);
  return {
    list,
    panels,
    show(name) {
      const tab = named(name);
      if (tab !== undefined) choose(tab);
    },
    begin: () => choose(named(wanted) ?? tabs[0]!),
  };
}
