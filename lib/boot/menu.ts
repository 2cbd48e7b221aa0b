import type { Problem } from "../config/problem.js";
import type { TableEntry } from "../config/spec.js";
import { text, type Codec } from "../config/values.js";

/** A boot menu, as firmware shows it. */
export interface Menu {
  readonly prompt: string;
  /** Until the first item boots; 0: at once, {@link WAIT_FOR_EVER}: never. */
  readonly seconds: number;
  /** At least one; the first boots when nobody chooses. */
  readonly items: readonly MenuItem[];
}

/** One line of a menu. */
export interface MenuItem {
  readonly label: string;
  /** Its number as a boot server type (PXE 2.1): 0 boots locally, ours begin at 8000 hex. */
  readonly type: number;
  /** Undefined for what boots from the machine's own disk. */
  readonly file: string | undefined;
}

/** PXE 2.1 table 2-1, PXE_MENU_PROMPT: show the menu and wait for a choice. */
export const WAIT_FOR_EVER = 255;

const USUAL_PROMPT = "Choose what to boot";
const USUAL_SECONDS = 10;

/** PXE 2.1 table 2-1: the types that vendors may use begin here. */
const FIRST_TYPE = 0x8000;

const LOCAL = "local";

const timeout: Codec<string> = {
  expected: "a number of seconds from 0 to 254, or wait",
  parse: (value) => (/^(?:wait|\d{1,3})$/i.test(value) && secondsOf(value) <= WAIT_FOR_EVER ? value : undefined),
};

const item: Codec<string> = { ...text, expected: "a boot file, or local for the machine's own disk" };

/** What a line of `[menu]` may say, by its name. */
export function menuSetting(name: string): Codec<string> {
  const known = name.toLowerCase();
  if (known === "timeout") return timeout;
  return known === "prompt" ? text : item;
}

/** The lines of `[menu]`. */
export interface MenuSection {
  readonly menu: readonly TableEntry<string, string>[];
}

/** The menu of a configuration; undefined where it has no items. */
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

/** Whether a menu is one that firmware can be told of. */
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

/** Octets of option 43: discovery control, servers, menu, prompt, end, with two octets before each. */
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
