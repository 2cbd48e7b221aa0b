import type { Refusal } from "../common/refusal.js";
import type { AccessCause } from "../events/causes/access.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";
import type { Stage } from "../machine/stage.js";

/** A request of a machine to be served. */
export interface AccessRequest {
  readonly mac: Mac;
  /** From this request, or remembered from the machine's firmware. */
  readonly uuid: Uuid | undefined;
  readonly stage: Stage;
  /** Whether the machine was in another stage, or in none, before. */
  readonly entering: boolean;
  /** The machine's address, if any. */
  readonly address: Ipv4 | undefined;
}

/** That a machine may boot, with what a granting authority says about it. */
export interface Grant {
  readonly granted: true;
  readonly hostName?: string | undefined;
  readonly file?: string | undefined;
}

/** The decision about a machine. */
export type Verdict = Grant | Refusal<AccessCause>;

/** A policy that decides which machines may boot. */
export interface AccessPolicy {
  /** Never rejects: a failure is a refusal. */
  judge(request: AccessRequest): Verdict | Promise<Verdict>;
}

/** The policy that admits every machine. */
export const openAccess: AccessPolicy = { judge: () => ({ granted: true }) };
