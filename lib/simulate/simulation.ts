import type { EntryPlace, Origin } from "../config/origin.js";
import type { FileCause } from "../events/causes/files.js";
import type { RequestCause } from "../events/causes/transfers.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Endpoint } from "../os/udp.js";
import type { BootStage, SimulatedMachine } from "./machine.js";

/** The whole boot of a machine, from its first request to the files that it boots. Plain data. */
export interface Simulation {
  readonly machine: SimulatedMachine;
  /** The path of the configuration. */
  readonly file: string;
  /** The address of this server. */
  readonly serverAddress: Ipv4;
  /** The number of leases that are kept beside. */
  readonly leases: number;
  /** Each program that asks in turn: the firmware, iPXE, the operating system. */
  readonly stages: readonly SimulatedStage[];
}

/** The exchanges of one program of a machine. */
export interface SimulatedStage {
  readonly stage: BootStage;
  /** Whether the machine is taken to have been served as firmware before. */
  readonly afterFirmware: boolean;
  readonly offer: Exchange;
  /** The acceptance of the address, where one was offered. */
  readonly acceptance: Acceptance | undefined;
  /** The question to a boot server, where firmware asks one. */
  readonly bootServer: { readonly port: number; readonly exchange: Exchange } | undefined;
  /** The files that it boots; undefined where it was not answered, and for an operating system. */
  readonly boot: Boot | undefined;
}

/** The answer to a machine that accepts its address. */
export interface Acceptance {
  /** Whether it is acknowledged, with the boot file of the offer. */
  readonly same: boolean;
  readonly answered: boolean;
  /** The log lines of the request. */
  readonly said: readonly string[];
}

/** A request and its answer. */
export interface Exchange {
  /** The name of the request, such as `DHCPDISCOVER`. */
  readonly asks: string;
  /** Option 60; empty where it is not sent. */
  readonly vendorClass: string;
  /** The lines that define the machine; undefined where no source of machines has it. */
  readonly known: readonly EntryPlace[] | undefined;
  readonly profiles: readonly MatchedProfile[];
  readonly access: Access;
  /** Undefined where the request gets no answer. */
  readonly answer: Answered | undefined;
  /** The log lines of the request. */
  readonly said: readonly string[];
}

/** A profile that matches a machine; one that is built in has a reason. */
export interface MatchedProfile {
  readonly name: string;
  readonly reason: string | undefined;
}

/** The access verdict and the setting behind it. */
export interface Access {
  readonly verdict: "granted" | "granted to everybody" | "taken for granted" | "refused" | "not asked";
  readonly reason: string | undefined;
  readonly origin: Origin;
}

/** An answer. */
export interface Answered {
  /** The name of the reply, such as `DHCPOFFER`. */
  readonly type: string;
  readonly to: Endpoint;
  /** The hardware address of a reply that is sent as a frame. */
  readonly frame: Mac | undefined;
  readonly values: readonly ReplyValue[];
}

/** A value of a reply: an option, or a field of the header, which has no code. */
export interface ReplyValue {
  readonly code: number | undefined;
  readonly name: string;
  readonly text: string;
  /** Undefined where the server does not tell. */
  readonly origin: Origin | undefined;
}

/** The boot file of a machine. */
export type Boot =
  | { readonly kind: "nothing"; readonly reason: string | undefined }
  | { readonly kind: "menu"; readonly items: readonly { readonly label: string; readonly file: Fetched | undefined }[] }
  | { readonly kind: "file"; readonly file: Fetched; readonly next: Next | undefined };

/** A file that a machine asks for. */
export interface Fetched {
  /** The name, path or URL as the machine has it. */
  readonly target: string;
  readonly by: "tftp" | "http";
  readonly outcome: FetchOutcome;
  /** The line of `[filters]` that decides, if any. */
  readonly filter: Origin | undefined;
}

/** The outcome of a fetch. */
export type FetchOutcome =
  | {
      readonly kind: "served";
      /** The name below the root of this server. */
      readonly name: string;
      /** The path of the file; undefined for a script that is made. */
      readonly path: string | undefined;
      /** In octets. */
      readonly size: number | undefined;
      /** The contents of a script or a short file. */
      readonly content: string | undefined;
    }
  | { readonly kind: "refused"; readonly name: string; readonly cause: FileCause | RequestCause }
  /** It is behind a URL, which is not asked. */
  | { readonly kind: "not-asked"; readonly name: string; readonly url: string }
  /** It is another server's; without an address, that of a URL. */
  | { readonly kind: "elsewhere"; readonly server: Ipv4 | undefined }
  /** TFTP does not run here. */
  | { readonly kind: "tftp-off" };

/** The next step of a boot file. */
export type Next =
  | { readonly program: "pxelinux"; readonly asked: readonly string[]; readonly configuration: Fetched | undefined }
  | { readonly program: "shim"; readonly grub: Fetched }
  | { readonly program: "script"; readonly text: string; readonly commands: readonly ScriptCommand[] }
  | { readonly program: "other" };

/** A command of an iPXE script that fetches a file, or reports that the machine boots. */
export type ScriptCommand =
  { readonly kind: "fetch"; readonly command: string; readonly file: Fetched } | { readonly kind: "report" };
