import { SERVER_PORT } from "./destination.js";
import type { Opening, ServicePort } from "./link.js";
import type { DhcpSettings } from "./order.js";
import { openingPort, type NeededPort } from "../os/start-error.js";

/** The port of boot servers (PXE 2.1 2.2.4). */
const BOOT_SERVER_PORT = 4011;

/** The settings that the advice on a taken port depends on. */
export type PortSettings = Pick<DhcpSettings, "listenAddress" | "proxy">;

/** Returns an opener whose errors name the port, the option that sets it, and a remedy. */
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

/** Returns the advice beside a DHCP server on the same host: booting machines use no server port but 67. */
function besideServer(proxy: boolean): string {
  return proxy
    ? "set [bootpd] port67 = no: where that server sends option 60 (PXEClient), machines then ask our port 4011 (docs/booting.md)"
    : "let it give the addresses, with [bootpd] mode = auto-proxy and port67 = no (docs/booting.md)";
}

/**
 * Returns the advice for a taken port 4011. Beside another server UEFI firmware asks there only; a server that gives
 * the addresses can do without it.
 */
function withoutBootServer(proxy: boolean): string | undefined {
  return proxy ? undefined : "do without a [menu] and pxe_style = binl, which need that port";
}
