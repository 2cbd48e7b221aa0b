import type { BootpdSettings } from "../dhcp/bootpd-section.js";
import type { Endpoint } from "../os/udp.js";

/** The port of api-dhcpd's heartbeat. */
const USUAL_PORT = 8079;

/** The part of a configuration that the standby goes by. */
export interface StandbyConfig {
  readonly services: { readonly dhcp: boolean };
  readonly settings: {
    readonly bootpd: Pick<BootpdSettings, "address" | "dry_run" | "heartbeat_port" | "standby_for">;
  };
}

/** Returns where this server answers heartbeats; undefined where it does not. */
export function heartbeatOf({ services, settings: { bootpd } }: StandbyConfig): Endpoint | undefined {
  const { heartbeat_port: port, address } = bootpd;
  return port === undefined || !services.dhcp ? undefined : { address, port };
}

/** Returns where the master answers heartbeats; undefined where this server is no standby. */
export function masterOf({ services, settings: { bootpd } }: StandbyConfig): Endpoint | undefined {
  const { standby_for: address, heartbeat_port: port = USUAL_PORT } = bootpd;
  return address === undefined || !services.dhcp ? undefined : { address, port };
}
