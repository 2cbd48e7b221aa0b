import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";
import type { Stage } from "../machine/stage.js";

/** A machine that wants to be served. */
export interface AccessRequest {
  readonly mac: Mac;
  /** From this request, or remembered from the machine's firmware. */
  readonly uuid: Uuid | undefined;
  readonly stage: Stage;
  /** Whether the machine was in another stage, or in none, until now. */
  readonly entering: boolean;
  /** The address it has, where it has one. */
  readonly address: Ipv4 | undefined;
}

/** Whether it may, and what a granting authority had to say about it. */
export type Verdict =
  | { readonly granted: true; readonly hostName?: string | undefined; readonly file?: string | undefined }
  | { readonly granted: false; readonly reason: string };

/** Decides who may boot. */
export interface AccessPolicy {
  /** Never rejects: what goes wrong is a refusal with a reason. */
  judge(request: AccessRequest): Verdict | Promise<Verdict>;
}

/** Everybody may. */
export const openAccess: AccessPolicy = { judge: () => ({ granted: true }) };
