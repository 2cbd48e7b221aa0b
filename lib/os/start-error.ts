import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import { findPortHolder } from "./port-holder.js";

/** A port that a service needs. */
export interface NeededPort {
  /** The name that users know: "DHCP", "TFTP", "HTTP". */
  readonly service: string;
  readonly protocol: "udp" | "tcp";
  readonly address: Ipv4;
  readonly port: number;
  /** The section and option that set the port, where one does. */
  readonly option?: string;
  /**
   * What to do where another process has the port, besides stopping that: the end of a sentence. Where it is absent,
   * another port is suggested if an option sets it; undefined suggests nothing.
   */
  readonly otherwise?: string | undefined;
}

/** The reason why the daemon could not start, and what to do about it, in words for the user. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StartError";
  }
}

/** The error where a port takes a privilege that this process does not have. */
export class PrivilegeError extends StartError {
  /** @param what what takes the privilege: the beginning of a sentence */
  constructor(
    readonly what: string,
    advice: readonly string[],
  ) {
    super([`${what} that this user (uid ${process.getuid?.() ?? "?"}) does not have. One of:`, ...advice].join("\n"));
  }
}

/**
 * Runs an action that opens a port.
 *
 * @throws {StartError} that says which port is not available, why, and what to do
 */
export async function openingPort<T>(needed: NeededPort, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof Error ? await explained(needed, error) : error;
  }
}

async function explained(needed: NeededPort, error: NodeJS.ErrnoException): Promise<Error> {
  const { service, protocol, address, port, option } = needed;
  const anotherPort = option === undefined ? undefined : `set another ${option}`;
  const otherwise = "otherwise" in needed ? needed.otherwise : anotherPort;
  const { code = "" } = error;
  const what = `${service} needs ${protocol.toUpperCase()} port ${port} of ${formatIpv4(address)}`;
  switch (code) {
    case "EADDRINUSE":
      return new StartError(
        `${what}, but ${await holder(needed)}.\n  Stop it${otherwise === undefined ? "" : `, or ${otherwise}`}.`,
      );
    case "EACCES":
    case "EPERM":
      return new PrivilegeError(`${what}, which takes a privilege`, [
        "  sudo pybootd …                       run it as root",
        `  sudo setcap cap_net_bind_service,cap_net_raw=+ep "${process.execPath}"`,
        "                                       let every program of this Node.js open such ports",
        "  AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_RAW",
        "                                       in a systemd unit (etc/pybootd.service shows one)",
        ...(option === undefined
          ? []
          : [`  or set ${option} to 1024 or more, which only clients that are told of it find`]),
      ]);
    case "EADDRNOTAVAIL":
      return new StartError(`${what}, but this host does not have that address (any more).`);
    default:
      return error;
  }
}

async function holder({ protocol, address, port }: NeededPort): Promise<string> {
  const found = await findPortHolder(protocol, address, port);
  return found === undefined
    ? "another process has it, which one cannot be seen from here (try: sudo ss -lunpt)"
    : `${found.name} (pid ${found.pid}) has it`;
}
