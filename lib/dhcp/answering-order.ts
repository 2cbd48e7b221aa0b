import type { Datagram } from "../os/udp.js";
import { isDiscover } from "./message.js";

/**
 * Returns a batch in the order to answer it: DISCOVERs last, otherwise in order of arrival. Under load, machines with
 * an offer then get their address first; otherwise many machines would get an offer and few an address. A REQUEST may
 * thus overtake an earlier DISCOVER of its client, which is obsolete by then.
 */
export function answeringOrder(batch: readonly Datagram[]): readonly Datagram[] {
  if (batch.length < 2) return batch;
  const [ending, beginning]: [Datagram[], Datagram[]] = [[], []];
  for (const datagram of batch) (isDiscover(datagram.payload) ? beginning : ending).push(datagram);
  return beginning.length === 0 || ending.length === 0 ? batch : [...ending, ...beginning];
}
