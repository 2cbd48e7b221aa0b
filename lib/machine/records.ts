import type { Stage } from "./stage.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";
import { isFirmware, type Client } from "./client.js";
import type { ClientQuirks } from "./profile.js";

/** What is remembered of a machine from one of its requests to the next. */
export interface MachineRecord {
  /** Undefined before it was served for the first time, and after it was refused. */
  readonly stage: Stage | undefined;
  /** The UUID its firmware sent; the operating system that boots later sends none. */
  readonly uuid: Uuid | undefined;
  /** The system architecture that its firmware named. */
  readonly architecture: number | undefined;
  /** What an HTTP authority said of it. */
  readonly hostName: string | undefined;
  readonly file: string | undefined;
  /** What its firmware needs otherwise than others. */
  readonly quirks: ClientQuirks;
  /** Whether iPXE was the last to ask. */
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
 * Remembers machines by MAC; when there are too many, those that were not heard of for longest are forgotten. Each packet
 * comes by here, so that nothing is put in order: there are two halves, and the older one goes when the other is full.
 */
export class MachineTable {
  #recent = new Map<Mac, MachineRecord>();
  #older = new Map<Mac, MachineRecord>();
  readonly #half: number;

  /** @param limit of machines remembered; at least half as many are */
  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2);
  }

  get(mac: Mac): MachineRecord {
    return this.#recent.get(mac) ?? this.#older.get(mac) ?? UNKNOWN;
  }

  /** Whether it was served or refused since the program was started. */
  knows(mac: Mac): boolean {
    return this.#recent.has(mac) || this.#older.has(mac);
  }

  /** Remembers a state of a machine in the place of the former one. @returns what is remembered now */
  update(mac: Mac, state: MachineRecord): MachineRecord {
    const former = this.#recent.get(mac);
    // What is kept anew for each packet the garbage collector has to carry about.
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
 * The stage a machine is in with this request, after PyBootd's rules: firmware opens the firmware stage; an operating
 * system enters its own when it takes an address (`confirms`), and only after its firmware was served here, unless
 * simple clients are allowed.
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
