import type { CauseOf, Sentences } from "./cause.js";
import { FILE_SENTENCES, type FileCauseFacts } from "./files.js";
import { PACKET_SENTENCES, type PacketCauseFacts } from "./packets.js";
import { REQUEST_SENTENCES, TRANSFER_SENTENCES, type RequestCauseFacts, type TransferCauseFacts } from "./transfers.js";

/** The facts of every cause. */
export interface CauseFacts extends FileCauseFacts, RequestCauseFacts, TransferCauseFacts, PacketCauseFacts {}

/** A cause: its code, and the facts beside it. */
export type Cause = CauseOf<CauseFacts>;

const SENTENCES: Sentences<CauseFacts> = {
  ...FILE_SENTENCES,
  ...REQUEST_SENTENCES,
  ...TRANSFER_SENTENCES,
  ...PACKET_SENTENCES,
};

/** Returns the sentence of a cause. That of a file may contain paths, which clients must not see. */
export function describeCause<Code extends keyof CauseFacts>(cause: CauseOf<CauseFacts, Code>): string {
  return SENTENCES[cause.code](cause);
}
