import type { Event, EventBus } from "./events.js";
import { formatIpv4, UNSPECIFIED } from "./net/ipv4.js";
import { formatMac } from "./net/mac.js";
import type { Endpoint, UdpNetwork } from "./net/udp.js";

/** What a notifier may be told to stop with. */
export interface Notifier {
  readonly stop: () => void;
}

/**
 * Tells others by UDP what happens to machines, in PyBootd's words: `BOOT,uuid,mac,ip` when firmware takes an address,
 * `LEASE,[uuid,]mac,ip` when an operating system does, `RELEASE,[uuid,]mac,ip` when it is given back.
 *
 * @throws the system's error when no socket can be opened
 */
export async function startNotifier(
  network: UdpNetwork,
  listeners: readonly Endpoint[],
  events: EventBus,
): Promise<Notifier> {
  const socket = await network.open(
    { address: UNSPECIFIED, port: 0 },
    {
      onDatagrams: () => undefined,
      onError: (error) => {
        events.publish({ kind: "failed", where: "notifying", error });
      },
    },
  );
  const unsubscribe = events.subscribe((event) => {
    const text = noticeOf(event);
    if (text !== undefined) socket.send(listeners.map((peer) => ({ payload: Buffer.from(text), peer })));
  });
  return {
    stop: () => {
      unsubscribe();
      socket.close();
    },
  };
}

function noticeOf(event: Event): string | undefined {
  if (event.kind !== "dhcp-leased" && event.kind !== "dhcp-released") return undefined;
  const { uuid, mac } = event.machine;
  const word = event.kind === "dhcp-released" ? "RELEASE" : event.stage === "firmware" ? "BOOT" : "LEASE";
  const identity = uuid === undefined ? [] : [uuid];
  return [word, ...identity, formatMac(mac, ":"), formatIpv4(event.address)].join(",");
}
