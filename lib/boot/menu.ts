import type { Problem } from "../config/problem.js";
import type { TableEntry } from "../config/spec.js";
import { text, type Codec } from "../config/values.js";

/** A boot menu of PXE firmware. */
export interface Menu {
  readonly prompt: string;
  /** Seconds until the first item boots; 0: at once, {@link WAIT_FOR_EVER}: never. */
  readonly seconds: number;
  /** At least one item; the first boots at the timeout. */
  readonly items: readonly MenuItem[];
}

/** An item of a menu. */
export interface MenuItem {
  readonly label: string;
  /** The number of the item as a boot server type (PXE 2.1): 0 boots from the local disk, ours start at 8000 hex. */
  readonly type: number;
  /** Undefined for an item that boots from the local disk. */
  readonly file: string | undefined;
}

/** The timeout in PXE_MENU_PROMPT that shows the menu until the user chooses (PXE 2.1 table 2-1). */
export const WAIT_FOR_EVER = 255;

const USUAL_PROMPT = "Choose what to boot";
const USUAL_SECONDS = 10;

/** The first boot server type for vendor use (PXE 2.1 table 2-1). */
const FIRST_TYPE = 0x8000;

const LOCAL = "local";

const timeout: Codec<string> = {
  expected: "a number of seconds from 0 to 254, or wait",
  parse: (value) => (/^(?:wait|\d{1,3})$/i.test(value) && secondsOf(value) <= WAIT_FOR_EVER ? value : undefined),
};

const item: Codec<string> = { ...text, expected: "a boot file, or local for the machine's own disk" };

/** Returns the codec of a line of `[menu]`, by its name. */
export function menuSetting(name: string): Codec<string> {
  const known = name.toLowerCase();
  if (known === "timeout") return timeout;
  return known === "prompt" ? text : item;
}

/** The lines of `[menu]`. */
export interface MenuSection {
  readonly menu: readonly TableEntry<string, string>[];
}

/** Returns the menu of a configuration; undefined where it has no items. */
export function menuOf({ menu: lines }: MenuSection): Menu | undefined {
  const setting = (name: string): string | undefined => lines.find(({ key }) => key.toLowerCase() === name)?.value;
  const items = itemsOf(lines);
  if (items.length === 0) return undefined;
  const wait = setting("timeout");
  return {
    prompt: setting("prompt") ?? USUAL_PROMPT,
    seconds: wait === undefined ? USUAL_SECONDS : secondsOf(wait),
    items,
  };
}

/** Checks that firmware can show the menu. */
export function checkMenu(settings: MenuSection): readonly Problem[] {
  const { menu: lines } = settings;
  const strange = lines
    .filter(({ key, value }) => !isPlain(key) || (key.toLowerCase() === "prompt" && !isPlain(value)))
    .map(({ key, line }) => ({
      line,
      section: "menu",
      option: key,
      expected: "printable ASCII",
      got: "other letters",
    }));
  const menu = menuOf(settings);
  const size = menu === undefined ? 0 : sizeOf(menu);
  if (size <= LONGEST) return strange;
  const expected = `labels and prompt that fit into ${LONGEST} octets of option 43`;
  return [...strange, { line: lines[0]?.line, section: "menu", expected, got: `${size} octets` }];
}

const LONGEST = 255;

/** Returns the length of option 43: discovery control, servers, menu, prompt, end, with two octets before each. */
function sizeOf({ prompt, items }: Menu): number {
  const served = items.filter(({ file }) => file !== undefined).length;
  const labels = items.reduce((sum, { label }) => sum + 3 + label.length, 0);
  return 3 + (2 + 7 * served) + (2 + labels) + (3 + prompt.length) + 1;
}

function itemsOf(lines: MenuSection["menu"]): readonly MenuItem[] {
  return lines
    .filter(({ key }) => !["prompt", "timeout"].includes(key.toLowerCase()))
    .map(({ key: label, value }, index) =>
      value.toLowerCase() === LOCAL
        ? { label, type: 0, file: undefined }
        : { label, type: FIRST_TYPE + index, file: value },
    );
}

function secondsOf(value: string): number {
  return value.toLowerCase() === "wait" ? WAIT_FOR_EVER : Number(value);
}

function isPlain(value: string): boolean {
  return /^[\x20-\x7e]+$/.test(value);
}
