import { hostOrigin, type Sourced } from "../config/origin.js";
import type { Menu } from "../boot/menu.js";
import type { BootNotice } from "../events/event.js";
import type { Host } from "../inventory/host.js";
import type { OneShots } from "../boot/one-shots.js";
import type { ChainSettings, OwnScript } from "../boot/ipxe/chainload.js";
import type { Ipv4 } from "../net/ipv4.js";
import { chooseBoot, type BootChoice, type BootOrigins } from "../boot/choice.js";
import type { BootContent } from "./boot-options.js";
import type { Message } from "./message.js";
import { doneCause } from "./one-shot.js";
import { Code } from "../options/codes.js";
import type { Served } from "./served.js";

/** The settings that choose what a machine boots. */
export interface BootSettings {
  readonly bootFiles: ReadonlyMap<number | "default", Sourced<string>>;
  /** The boot file of machines that `bootFiles` has none for. */
  readonly fallbackBootFile: Sourced<string> | undefined;
  /** Returns the iPXE settings for clients that reach us at an address. */
  readonly chain: (address: Ipv4) => ChainSettings;
  /** The menu of PXE firmware. */
  readonly menu: Menu | undefined;
  /** Returns the URL of our files for machines that reach us at an address; undefined without HTTP. */
  readonly webRoot: (address: Ipv4) => string | undefined;
  /** The machines with `once` that have booted. */
  readonly once: Pick<OneShots, "isDone" | "finish">;
  /** Returns the size of a boot file in octets, if already known. */
  readonly sizeOf: (bootFile: string) => number | undefined;
  readonly bootOrigins: BootOrigins;
}

/** Chooses what the machine of a request boots. */
export function choiceFor({ request, machine, place }: Served, settings: BootSettings): BootChoice {
  const { client, record, host } = machine;
  const { address } = request.link;
  const { boot } = place;
  const { bootFiles, fallbackBootFile: fallback, chain, menu, webRoot, once, bootOrigins: origins } = settings;
  if (boot?.kind === "item") {
    const { item } = boot;
    const file = menu?.items.find(({ type }) => type === item.type)?.file;
    if (file === undefined) return { kind: "nothing", cause: { code: "no-such-item" }, origin: origins.menu };
    return { kind: "file", file, item, origin: origins.menu };
  }
  return chooseBoot(client, {
    authorityFile: record.file,
    hostFile: host?.netboot.bootFile,
    hostOrigin: host && hostOrigin(host),
    forbidden:
      host?.netboot.allowPxe === false ? { code: "meant-local", where: host.origins } : doneCause(machine, once),
    ownScript: ownScriptOf(host),
    subnetFile: place.scope.bootFile,
    chain: chain(address),
    menu,
    bootFiles,
    fallback,
    webRoot: webRoot(address),
    origins,
  });
}

/** Returns the iPXE script set for a machine. */
export function ownScriptOf(host: Host | undefined): OwnScript {
  const { script, scriptUrl } = host?.netboot ?? {};
  if (script !== undefined) return "here";
  return scriptUrl === undefined ? undefined : { url: scriptUrl };
}

/** Returns the boot content of an answer for a choice. */
export function bootContentOf({ request, machine }: Served, choice: BootChoice, { sizeOf }: BootSettings): BootContent {
  const { quirks } = machine;
  const bootFile = choice.kind === "file" ? choice.file : undefined;
  const size = bootFile === undefined ? undefined : sizeOf(bootFile);
  return {
    bootFile,
    bootFileBlocks: size === undefined ? undefined : Math.ceil(size / 512),
    menu: choice.kind === "menu" ? choice.menu : undefined,
    bootItem: choice.kind === "file" ? choice.item : undefined,
    pxeStyle: quirks.pxeStyle,
    menuLabel: quirks.menuLabel,
    vendorClass: quirks.vendorClass,
    nulTerminate: quirks.nulTerminate ?? endsTexts(request.message),
    origin: choice.origin,
    quirkOrigins: quirks.origins,
  };
}

/** Returns the log entry of a choice; undefined for a client that boots nothing and is no firmware. */
export function noticeOf(choice: BootChoice): BootNotice {
  switch (choice.kind) {
    case "file":
      return { file: choice.file };
    case "menu":
      return { menu: choice.menu.items.map(({ label }) => label) };
    case "nothing":
      return choice.cause === undefined ? undefined : { noFile: choice.cause, meant: choice.meant ?? false };
  }
}

/** Whether a client ends its own texts with a NUL: it expects ours to end with one too (as dnsmasq does, rfc2131.c). */
function endsTexts({ options }: Message): boolean {
  return [Code.hostName, Code.vendorClass].some((code) => options.get(code)?.at(-1) === 0);
}
