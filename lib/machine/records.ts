import type { Stage } from "./stage.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";
import { isFirmware, type Client } from "./client.js";
import type { ClientQuirks } from "./profile.js";

/** The facts about a machine that are kept between its requests. */
export interface MachineRecord {
  /** Undefined before the machine is first served, and after it is refused. */
  readonly stage: Stage | undefined;
  /** The UUID that the firmware sent; the operating system that boots later sends none. */
  readonly uuid: Uuid | undefined;
  /** The system architecture that the firmware sent. */
  readonly architecture: number | undefined;
  /** The answer of an HTTP authority. */
  readonly hostName: string | undefined;
  readonly file: string | undefined;
  /** The quirks that its firmware needs. */
  readonly quirks: ClientQuirks;
  /** Whether the last request came from iPXE. */
  readonly isIpxe: boolean;
}

const UNKNOWN: MachineRecord = {
  stage: undefined,
  uuid: undefined,
  architecture: undefined,
  hostName: undefined,
  file: undefined,
  quirks: {},
  isIpxe: false,
};

/**
 * Remembers machines by MAC address, up to a limit. Keeps two generations instead of an order, since every packet
 * passes here: when the recent one is full, it replaces the older one, whose machines are forgotten.
 */
export class MachineTable {
  #recent = new Map<Mac, MachineRecord>();
  #older = new Map<Mac, MachineRecord>();
  readonly #half: number;

  /** @param limit the most machines to remember; at least half as many are remembered */
  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2);
  }

  get(mac: Mac): MachineRecord {
    return this.#recent.get(mac) ?? this.#older.get(mac) ?? UNKNOWN;
  }

  /** Whether the machine was served or refused since the start, and is not forgotten. */
  knows(mac: Mac): boolean {
    return this.#recent.has(mac) || this.#older.has(mac);
  }

  /** Replaces the record of a machine. @returns the record that is kept */
  update(mac: Mac, state: MachineRecord): MachineRecord {
    const former = this.#recent.get(mac);
    // Keeps the old object where nothing changed: a new one for each packet would burden the garbage collector.
    if (former !== undefined && isSame(former, state)) return former;
    if (former === undefined && this.#recent.size >= this.#half) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(mac, state);
    return state;
  }
}

function isSame(one: MachineRecord, other: MachineRecord): boolean {
  return (
    one.stage === other.stage &&
    one.uuid === other.uuid &&
    one.architecture === other.architecture &&
    one.hostName === other.hostName &&
    one.file === other.file &&
    one.quirks === other.quirks &&
    one.isIpxe === other.isIpxe
  );
}

/**
 * Returns the stage of a machine with this request, by PyBootd's rules: firmware enters the firmware stage; an
 * operating system enters its own when it takes an address (`confirms`), and only after its firmware was served here,
 * unless simple clients are allowed.
 *
 * @returns undefined for a client that is not to be served
 */
export function stageOf(
  client: Client,
  current: Stage | undefined,
  confirms: boolean,
  allowSimple: boolean,
): Stage | undefined {
  if (isFirmware(client)) return "firmware";
  if (current === undefined) return allowSimple ? "system" : undefined;
  return confirms ? "system" : current;
}
