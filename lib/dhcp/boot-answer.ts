import type { Menu } from "../boot/menu.js";
import type { BootNotice } from "../events/event.js";
import { describeOrigins, type Host } from "../inventory/host.js";
import type { OneShots } from "../boot/one-shots.js";
import type { ChainSettings, OwnScript } from "../boot/ipxe/chainload.js";
import type { Ipv4 } from "../net/ipv4.js";
import { chooseBoot, type BootChoice } from "../boot/choice.js";
import type { BootContent } from "./boot-options.js";
import type { Message } from "./message.js";
import { doneReason } from "./one-shot.js";
import { Code } from "../options/registry.js";
import type { Served } from "./served.js";

/** What there is to boot. */
export interface BootSettings {
  readonly bootFiles: ReadonlyMap<number | "default", string>;
  /** The boot file of machines for which `bootFiles` has none. */
  readonly fallbackBootFile: string | undefined;
  /** What there is for iPXE that reaches us at this address. */
  readonly chain: (address: Ipv4) => ChainSettings;
  /** What PXE firmware may choose from. */
  readonly menu: Menu | undefined;
  /** Where our files are by HTTP, for machines that reach us at this address; undefined where HTTP is off. */
  readonly webRoot: (address: Ipv4) => string | undefined;
  /** Which machines that boot once have done so. */
  readonly once: Pick<OneShots, "isDone" | "finish">;
  /** The size of a boot file in octets, where it is known by now. */
  readonly sizeOf: (bootFile: string) => number | undefined;
}

/** Chooses what the machine of a request boots. */
export function choiceFor(request: Served, settings: BootSettings): BootChoice {
  const { client, state, scope, host, link, boot } = request;
  const { bootFiles, fallbackBootFile: fallback, chain, menu, webRoot, once } = settings;
  if (boot?.kind === "item") {
    const { item } = boot;
    const file = menu?.items.find(({ type }) => type === item.type)?.file;
    return file === undefined ? { kind: "nothing", reason: "the menu has no such item" } : { kind: "file", file, item };
  }
  return chooseBoot(client, {
    authorityFile: state.file,
    hostFile: host?.netboot.bootFile,
    forbidden:
      host?.netboot.allowPxe === false ? `allowPxe is false (${describeOrigins(host)})` : doneReason(request, once),
    ownScript: ownScriptOf(host),
    subnetFile: scope.bootFile,
    chain: chain(link.address),
    menu,
    bootFiles,
    fallback,
    webRoot: webRoot(link.address),
  });
}

/** The script that is said of a machine. */
export function ownScriptOf(host: Host | undefined): OwnScript {
  const { script, scriptUrl } = host?.netboot ?? {};
  if (script !== undefined) return "here";
  return scriptUrl === undefined ? undefined : { url: scriptUrl };
}

/** What an answer says of a choice. */
export function bootContentOf({ quirks, message }: Served, choice: BootChoice, { sizeOf }: BootSettings): BootContent {
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
    nulTerminate: quirks.nulTerminate ?? endsTexts(message),
  };
}

/** What the log is told of a choice; the client that is no firmware, and gets nothing, is not worth a word. */
export function noticeOf(choice: BootChoice): BootNotice {
  switch (choice.kind) {
    case "file":
      return { file: choice.file };
    case "menu":
      return { menu: choice.menu.items.map(({ label }) => label) };
    case "nothing":
      return choice.reason === undefined ? undefined : { noFile: choice.reason, meant: choice.meant ?? false };
  }
}

/** Whether a client ends its own texts with a NUL: such a one expects the same of ours (dnsmasq, rfc2131.c). */
function endsTexts({ options }: Message): boolean {
  return [Code.hostName, Code.vendorClass].some((code) => options.get(code)?.at(-1) === 0);
}
