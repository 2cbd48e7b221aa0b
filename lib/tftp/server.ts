import type { EventBus } from "../events.js";
import type { BootFiles, RequestFacts } from "../files/boot-files.js";
import { FileError, type OpenFile } from "../files/source.js";
import type { ClientDirectory, ClientFacts } from "../leases/directory.js";
import { DecodeError } from "../net/byte-reader.js";
import type { Clock } from "../net/clock.js";
import { formatIpv4, isUnicast, isLoopback, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpNetwork, UdpSocket } from "../net/udp.js";
import { negotiate, type Limits } from "./negotiate.js";
import { decodeRequest, encodeError, ErrorCode, Opcode, type ReadRequest, type Request } from "./packet.js";
import { Transfer, type Outcome } from "./transfer.js";
import { TransferSockets } from "./transfer-sockets.js";

/** What the server is made of. */
export interface TftpServerParts {
  readonly network: UdpNetwork;
  readonly files: BootFiles;
  readonly directory: ClientDirectory;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly settings: TftpSettings;
}

/** What it goes by. */
export interface TftpSettings {
  /** Our own addresses to listen on, with the largest block that each one's link carries. */
  readonly listen: readonly { readonly address: Ipv4; readonly largestBlockSize: number }[];
  readonly port: number;
  readonly limits: Omit<Limits, "largestBlockSize">;
  readonly retries: number;
  /** How many transfers there may be at once; further requests are dropped, and come again. */
  readonly mostTransfers: number;
}

/** One of the addresses that are listened on. */
interface Port {
  readonly listener: UdpSocket;
  readonly sockets: TransferSockets;
  readonly limits: Limits;
}

/** A client that is being served, from its request to the end of the transfer. */
interface Session {
  /** The request as it came, to know it again. */
  readonly packet: Buffer;
  readonly peer: Endpoint;
  readonly started: number;
  readonly facts: ClientFacts | undefined;
  /** Undefined while the file is being opened. */
  transfer?: Transfer;
}

/** Serves files by TFTP: takes requests on the well-known port and starts a transfer for each. */
export class TftpServer {
  readonly #parts: TftpServerParts;
  readonly #sessions = new Map<string, Session>();
  #ports: readonly Port[] = [];

  constructor(parts: TftpServerParts) {
    this.#parts = parts;
  }

  /** @throws the system's error when a port cannot be opened */
  async start(): Promise<void> {
    for (const { address, largestBlockSize } of this.#parts.settings.listen) {
      this.#ports = [...this.#ports, await this.#open(address, largestBlockSize)];
    }
  }

  /** Ends every transfer, telling its client, and closes the ports. */
  stop(): void {
    for (const { transfer } of [...this.#sessions.values()]) {
      transfer?.abort(ErrorCode.undefined, "the server is shutting down");
    }
    this.#sessions.clear();
    for (const { listener, sockets } of this.#ports) {
      listener.close();
      sockets.close();
    }
    this.#ports = [];
  }

  async #open(address: Ipv4, largestBlockSize: number): Promise<Port> {
    const { network, settings } = this.#parts;
    const onError = (error: Error): void => {
      this.#fail("sending by TFTP", error);
    };
    const sockets = await TransferSockets.open(network, address, onError);
    const limits = { ...settings.limits, largestBlockSize };
    const onDatagrams = (batch: readonly Datagram[], listener: UdpSocket): void => {
      for (const datagram of batch) this.#receive(datagram, { listener, sockets, limits });
    };
    try {
      return {
        listener: await network.open({ address, port: settings.port }, { onDatagrams, onError }),
        sockets,
        limits,
      };
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  #receive({ payload, peer }: Datagram, port: Port): void {
    const { events, settings } = this.#parts;
    // No client has these, so whoever is named there did not ask; two servers could answer each other for ever.
    if (peer.port === 0 || peer.port === settings.port || !(isUnicast(peer.address) || isLoopback(peer.address))) {
      events.publish({ kind: "packet-dropped", protocol: "TFTP", peer, reason: "no client has its address and port" });
      return;
    }
    try {
      this.#take(decodeRequest(payload), Buffer.from(payload), peer, port);
    } catch (error) {
      if (!(error instanceof DecodeError)) {
        this.#fail("taking a TFTP request", error);
        return;
      }
      events.publish({ kind: "packet-dropped", protocol: "TFTP", peer, reason: error.message });
      if (isReadRequest(payload)) {
        port.listener.send([{ payload: encodeError(ErrorCode.illegalOperation, "malformed request"), peer }]);
      }
    }
  }

  #take(request: Request, packet: Buffer, peer: Endpoint, port: Port): void {
    if (request.kind === "other") throw new DecodeError(`opcode ${request.opcode} opens no transfer`, 0);
    if (request.kind === "write") {
      this.#refuse(peer, request.name, "it wanted to write, and nothing can be written here");
      port.listener.send([{ payload: encodeError(ErrorCode.accessViolation, "nothing can be written here"), peer }]);
      return;
    }
    const key = `${peer.address}:${peer.port}`;
    const former = this.#sessions.get(key);
    if (former !== undefined) {
      // A repeated request means that the first packet was lost or is late: its timer takes care of that.
      if (former.packet.equals(packet) && former.transfer?.answered !== true) return;
      this.#sessions.delete(key);
      former.transfer?.abandon("the client sent another request from the same port");
    }
    if (this.#sessions.size >= this.#parts.settings.mostTransfers) return;
    const facts = this.#parts.directory.find(peer.address);
    const session: Session = { packet, peer, started: this.#parts.clock.now(), facts };
    this.#sessions.set(key, session);
    this.#begin(key, session, request.request, port).catch((error: unknown) => {
      this.#sessions.delete(key);
      this.#fail("starting a TFTP transfer", error);
    });
  }

  async #begin(key: string, session: Session, request: ReadRequest, { sockets, limits }: Port): Promise<void> {
    const { clock, settings } = this.#parts;
    const channel = sockets.channel(session.peer, (response) => session.transfer?.receive(response));
    const file = await this.#openFile(session, request.name);
    // The client may have gone on to another file, or the server stopped, while this one was opened.
    const current = this.#sessions.get(key) === session;
    if (file instanceof FileError || !current) {
      if (file instanceof FileError && current) {
        this.#sessions.delete(key);
        this.#refuse(session.peer, request.name, file.message);
        channel.send([errorFor(file)]);
      } else if (!(file instanceof FileError)) file.close();
      channel.close();
      return;
    }
    session.transfer = new Transfer({
      request,
      terms: negotiate(request, file.size, limits),
      file,
      clock,
      retries: settings.retries,
      send: channel.send,
      onEnd: (outcome, transfer) => {
        channel.close();
        if (this.#sessions.get(key) === session) this.#sessions.delete(key);
        this.#report(session, outcome, transfer);
      },
    });
    session.transfer.start();
  }

  async #openFile({ facts, peer }: Session, name: string): Promise<OpenFile | FileError> {
    try {
      return await this.#parts.files.open(name, variablesOf(facts, peer));
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
  }

  #report(
    { peer, started, facts }: Session,
    outcome: Outcome,
    { name, origin, octets, retransmissions }: Transfer,
  ): void {
    const common = { peer, mac: facts?.mac, name, origin, octets };
    if (outcome.kind === "failed") {
      this.#parts.events.publish({ kind: "transfer-failed", ...common, reason: outcome.reason });
      return;
    }
    const seconds = (this.#parts.clock.now() - started) / 1000;
    this.#parts.events.publish({ kind: "transfer-ended", ...common, seconds, retransmissions, outcome: outcome.kind });
  }

  #refuse(peer: Endpoint, name: string, reason: string): void {
    const mac = this.#parts.directory.find(peer.address)?.mac;
    this.#parts.events.publish({ kind: "file-refused", protocol: "TFTP", peer, mac, name, reason });
  }

  #fail(where: string, error: unknown): void {
    const known = error instanceof Error ? error : new Error(String(error));
    this.#parts.events.publish({ kind: "failed", where, error: known });
  }
}

function isReadRequest(packet: Buffer): boolean {
  return packet.length >= 2 && packet.readUInt16BE(0) === Opcode.readRequest;
}

/** What the variables of a filter stand for in a request of this client. */
function variablesOf(facts: ClientFacts | undefined, { address }: Endpoint): RequestFacts {
  const ip = formatIpv4(address);
  if (facts === undefined) return { ip };
  const { mac, uuid, file, architecture } = facts;
  return { ip, mac: mac.replaceAll(":", "-"), uuid, file, arch: architecture?.toString() };
}

/** What the client is told: why, but nothing of this host. */
function errorFor(error: FileError): Buffer {
  switch (error.kind) {
    case "not-found":
      return encodeError(ErrorCode.fileNotFound, "file not found");
    case "forbidden":
      return encodeError(ErrorCode.accessViolation, "access violation");
    case "unavailable":
      return encodeError(ErrorCode.undefined, "the file cannot be had at the moment");
  }
}
