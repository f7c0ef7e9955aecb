/** Building elements: what the views are made of. Text is always text, never markup. */

type Child = Node | string | undefined | false;

export interface Properties {
  readonly class?: string;
  readonly id?: string;
  readonly title?: string;
  /** Attributes by name; true for one without a value, false or undefined for none. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly on?: { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
}

/** A new element with attributes, listeners and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (properties.class !== undefined) made.className = properties.class;
  if (properties.id !== undefined) made.id = properties.id;
  if (properties.title !== undefined) made.title = properties.title;
  setAttributes(made, properties.attributes ?? {});
  for (const [name, listener] of Object.entries(properties.on ?? {})) {
    made.addEventListener(name, listener as EventListener);
  }
  made.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** A new element of SVG. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Properties["attributes"] = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return made;
}

function setAttributes(target: Element, attributes: NonNullable<Properties["attributes"]>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A label above a control, with what is wrong or worth knowing below it. */
export function field(label: string, control: HTMLElement, note?: HTMLElement | string): HTMLElement {
  const id = control.id || `field-${++fields}`;
  control.id = id;
  return element(
    "div",
    { class: "field" },
    element("label", { attributes: { for: id } }, label),
    control,
    note !== undefined && element("div", { class: "note" }, note),
  );
}

let fields = 0;

export interface Choice {
  readonly value: string;
  readonly text: string;
}

export function select(
  choices: readonly Choice[],
  value: string,
  onChange: (value: string) => void,
): HTMLSelectElement {
  const made = element(
    "select",
    { on: { change: () => onChange(made.value) } },
    ...choices.map((choice) => element("option", { attributes: { value: choice.value } }, choice.text)),
  );
  made.value = value;
  return made;
}

export function button(text: string, onClick: () => void, properties: Properties = {}): HTMLButtonElement {
  return element(
    "button",
    { ...properties, attributes: { type: "button", ...properties.attributes }, on: { click: onClick } },
    text,
  );
}
