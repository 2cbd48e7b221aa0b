import type { Datagram } from "../os/udp.js";
import { isDiscover } from "./message.js";

/**
 * The order in which to answer what came at one time: what ends an exchange before what begins one, each as it came.
 * Under load a machine that was offered an address then gets it, where otherwise many would get an offer and few an
 * address. A client's REQUEST may so overtake a DISCOVER of its own, which it has sent in vain by then.
 */
export function answeringOrder(batch: readonly Datagram[]): readonly Datagram[] {
  if (batch.length < 2) return batch;
  const [ending, beginning]: [Datagram[], Datagram[]] = [[], []];
  for (const datagram of batch) (isDiscover(datagram.payload) ? beginning : ending).push(datagram);
  return beginning.length === 0 || ending.length === 0 ? batch : [...ending, ...beginning];
}
