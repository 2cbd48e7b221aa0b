import { ACCESS_SENTENCES, type AccessCauseFacts } from "./access.js";
import { BOOT_SENTENCES, LEFT_SENTENCES, type BootCauseFacts, type LeftCauseFacts } from "./boot.js";
import type { CauseOf, Sentences } from "./cause.js";
import { DHCP_SENTENCES, STORE_SENTENCES, type DhcpCauseFacts, type StoreCauseFacts } from "./dhcp.js";
import { FILE_SENTENCES, type FileCauseFacts } from "./files.js";
import { PACKET_SENTENCES, type PacketCauseFacts } from "./packets.js";
import { REQUEST_SENTENCES, TRANSFER_SENTENCES, type RequestCauseFacts, type TransferCauseFacts } from "./transfers.js";

/** The facts of every cause. */
export interface CauseFacts
  extends
    AccessCauseFacts,
    BootCauseFacts,
    LeftCauseFacts,
    DhcpCauseFacts,
    StoreCauseFacts,
    FileCauseFacts,
    RequestCauseFacts,
    TransferCauseFacts,
    PacketCauseFacts {}

/** A cause: its code, and the facts beside it. */
export type Cause = CauseOf<CauseFacts>;

const SENTENCES: Sentences<CauseFacts> = {
  ...ACCESS_SENTENCES,
  ...BOOT_SENTENCES,
  ...LEFT_SENTENCES,
  ...DHCP_SENTENCES,
  ...STORE_SENTENCES,
  ...FILE_SENTENCES,
  ...REQUEST_SENTENCES,
  ...TRANSFER_SENTENCES,
  ...PACKET_SENTENCES,
};

/** Returns the sentence of a cause. That of a file may contain paths, which clients must not see. */
export function describeCause<Code extends keyof CauseFacts>(cause: CauseOf<CauseFacts, Code>): string {
  return SENTENCES[cause.code](cause);
}
