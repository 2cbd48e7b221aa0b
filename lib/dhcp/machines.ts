import type { Stage } from "../access/access.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../net/remember.js";
import type { Uuid } from "../net/uuid.js";
import { isFirmware, type Client } from "./client.js";
import type { Treated } from "./profile.js";

/** What is remembered of a machine from one of its requests to the next. */
export interface MachineState {
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
  readonly treated: Treated;
}

const UNKNOWN: MachineState = {
  stage: undefined,
  uuid: undefined,
  architecture: undefined,
  hostName: undefined,
  file: undefined,
  treated: {},
};

/** Remembers machines by MAC; when there are too many, those that were not heard of for longest are forgotten. */
export class MachineTable {
  readonly #states = new Map<Mac, MachineState>();
  readonly #limit: number;

  /** @param limit of machines remembered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(mac: Mac): MachineState {
    return this.#states.get(mac) ?? UNKNOWN;
  }

  /** Whether it was served or refused since the program was started. */
  knows(mac: Mac): boolean {
    return this.#states.has(mac);
  }

  /** Changes what is remembered of a machine; what `change` does not name stays. @returns what is remembered now */
  update(mac: Mac, change: Partial<MachineState>): MachineState {
    const state = { ...this.get(mac), ...change };
    remember(this.#states, mac, state, this.#limit);
    return state;
  }
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
