import { describeEntries, type EntryPlace } from "../../config/origin.js";
import { describeArchitecture } from "../../machine/architecture.js";
import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { Mac } from "../../net/mac.js";
import type { CauseOf, NoFacts, Sentences } from "./cause.js";

/** The facts of each cause by which a machine gets nothing to boot. */
export interface BootCauseFacts {
  /** The host entry at these places says `allowPxe: false`. */
  "meant-local": { where: readonly EntryPlace[] };
  /** A machine with `once` has booted. */
  "booted-once": { mac: Mac };
  "menu-without-file": NoFacts;
  /** The firmware chose an item that the menu does not have. */
  "no-such-item": NoFacts;
  /** Firmware that boots by HTTP needs a URL, and `file` is none. */
  "http-off": { file: string };
  /** Firmware that boots by TFTP cannot take a URL. */
  "file-is-url": { file: string };
  /** `[bootfile]` has no entry for the architecture. */
  "no-boot-file": { architecture: number | undefined };
  /** A client that is not firmware. */
  "nothing-to-boot": NoFacts;
}

/** A cause by which a machine gets nothing to boot. */
export type BootCause = CauseOf<BootCauseFacts>;

/** The facts of each cause by which a boot request is left to another server. */
export interface LeftCauseFacts {
  "not-firmware": NoFacts;
  /** Its vendor class (option 60) does not name PXE. */
  "no-vendor-class": NoFacts;
  "no-architecture": NoFacts;
  "not-a-discover": NoFacts;
  "not-pxe": NoFacts;
  "asks-for-nothing": NoFacts;
  /** It looks for a boot server of another type (PXE 2.1 3.1.3). */
  "other-boot-server": { type: number };
  "wants-credentials": NoFacts;
  /** Only known machines are served, and this one is not. */
  "not-known-here": NoFacts;
  /** Only machines with a reserved address are served, and this one has none. */
  "nothing-reserved": NoFacts;
  /** This server is the standby of `master`, which serves. */
  "master-serves": { master: Ipv4 };
}

/** A cause by which a boot request is left to another server. */
export type LeftCause = CauseOf<LeftCauseFacts>;

/** The sentences of machines that get nothing to boot. */
export const BOOT_SENTENCES: Sentences<BootCauseFacts> = {
  "meant-local": ({ where }) => `allowPxe is false (${describeEntries(where)})`,
  "booted-once": ({ mac }) => `it boots from here once, and has done so (pybootd hosts reset ${mac})`,
  "menu-without-file": () => "[menu] has nothing but the machine's own disk",
  "no-such-item": () => "the menu has no such item",
  "http-off": ({ file }) => `it boots by HTTP, ${file} is no URL, and HTTP is off ([httpd] enable)`,
  "file-is-url": ({ file }) => `it boots by TFTP, and ${file} is a URL`,
  "no-boot-file": ({ architecture }) =>
    architecture === undefined
      ? "[bootfile] has no default"
      : `[bootfile] has no entry for architecture ${describeArchitecture(architecture)}`,
  "nothing-to-boot": () => "there is nothing for it to boot",
};

/** The sentences of requests that are left to another server. */
export const LEFT_SENTENCES: Sentences<LeftCauseFacts> = {
  "not-firmware": () => "it is no firmware that boots from the network",
  "no-vendor-class": () => "it does not say that it boots by PXE",
  "no-architecture": () => "it names no architecture (option 93)",
  "not-a-discover": () => "only what looks for a server is answered here",
  "not-pxe": () => "only PXE clients ask here",
  "asks-for-nothing": () => "it asks for nothing",
  "other-boot-server": ({ type }) => `it looks for a boot server of type ${type}, which we are not`,
  "wants-credentials": () => "it wants credentials, which there are none of",
  "not-known-here": () => "nothing is known of it",
  "nothing-reserved": () => "no address is reserved for it",
  "master-serves": ({ master }) => `${formatIpv4(master)} serves, whose standby this is`,
};
