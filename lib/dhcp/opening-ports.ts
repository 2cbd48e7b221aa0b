import { SERVER_PORT } from "./destination.js";
import type { Opening, ServicePort } from "./link.js";
import type { DhcpSettings } from "./order.js";
import { openingPort, type NeededPort } from "../os/start-error.js";

/** Where boot servers are asked (PXE 2.1 2.2.4). */
const BOOT_SERVER_PORT = 4011;

/** What of the server's settings tells what can be done about a port that another process has. */
export type PortSettings = Pick<DhcpSettings, "listenAddress" | "proxy">;

/** Tells which of the server's ports cannot be opened, what sets it, and what to do. */
export function openingAt(settings: PortSettings): Opening {
  return (port, open) => openingPort(neededPort(port, settings), open);
}

function neededPort(servicePort: ServicePort, { listenAddress: address, proxy }: PortSettings): NeededPort {
  const { service, port } = servicePort;
  const needed = { protocol: "udp", address, port } as const;
  if (service === "dhcp") {
    const dhcp = { ...needed, service: "DHCP", option: "[bootpd] port" };
    return port === SERVER_PORT ? { ...dhcp, otherwise: besideServer(proxy) } : dhcp;
  }
  const pxe = { ...needed, service: "PXE", option: "[bootpd] pxe_port" };
  return port === BOOT_SERVER_PORT ? { ...pxe, otherwise: withoutBootServer(proxy) } : pxe;
}

/** What can be done beside a DHCP server of this very host: no machine that boots asks another port than 67. */
function besideServer(proxy: boolean): string {
  return proxy
    ? "set [bootpd] port67 = no: where that server sends option 60 (PXEClient), machines then ask our port 4011 (docs/booting.md)"
    : "let it give the addresses, with [bootpd] mode = auto-proxy and port67 = no (docs/booting.md)";
}

/** Beside another server what UEFI boots is asked at port 4011, and at no other; who gives the addresses may do without. */
function withoutBootServer(proxy: boolean): string | undefined {
  return proxy ? undefined : "do without a [menu] and pxe_style = binl, which need that port";
}
