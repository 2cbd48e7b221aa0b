import { Refusal } from "../common/refusal.js";
import { FILE_KINDS, type FileCause } from "../events/causes/files.js";
import type { RequestCause } from "../events/causes/transfers.js";
import type { EventBus } from "../events/event.js";
import type { RequestedFiles } from "../files/request-facts.js";
import type { ClientDirectory } from "../machine/directory.js";
import { DecodeError } from "../common/byte-reader.js";
import type { Clock } from "../common/clock.js";
import { TokenBucket } from "../common/token-bucket.js";
import type { PathMtu } from "../os/path-mtu.js";
import { isUnicast, isLoopback, type Ipv4 } from "../net/ipv4.js";
import type { Datagram, Endpoint, UdpNetwork } from "../os/udp.js";
import type { Transaction } from "../common/transaction.js";
import { asksForBlockSize, negotiate, OVERHEAD, withoutOptions, type Limits } from "./negotiate.js";
import { Loaders } from "./loaders.js";
import { decodeRequest, encodeError, ErrorCode, Opcode, type ReadRequest, type Request } from "./packet.js";
import { Port } from "./port.js";
import { Sessions, type Session } from "./sessions.js";
import type { TftpSettings } from "./settings.js";
import { isServed, openFor } from "./open-file.js";
import { Transfer, type Outcome } from "./transfer.js";
import { asError } from "../common/error.js";

/** The dependencies of a TFTP server, and its initial settings. */
export interface TftpServerParts extends TftpOrder {
  readonly network: UdpNetwork;
  readonly directory: ClientDirectory;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Returns the MTU of the path to a client, where the operating system reports it. */
  readonly pathMtu?: PathMtu | undefined;
}

/** The settings that a reload can change. */
export interface TftpOrder {
  readonly files: RequestedFiles;
  readonly settings: TftpSettings;
}

/**
 * Shortest wait before a retransmission, in seconds: for loaders that drop duplicate blocks, and for all other clients.
 * Firmware that is merely slow may take a duplicate for the next block.
 */
const LEAST_WAIT = { loader: 0.02, others: 0.2 };

/** Most error packets sent per second in reply to refused requests. */
const MOST_ERRORS = 100;

/** A TFTP server: receives requests on the well-known port and starts a transfer for each. */
export class TftpServer {
  readonly #parts: TftpServerParts;
  readonly #sessions = new Sessions();
  readonly #loaders = new Loaders();
  readonly #errors: TokenBucket;
  #order: TftpOrder;
  #ports: readonly Port[] = [];
  /** Ports that are no longer in the settings but may still carry transfers. */
  #retired: readonly Port[] = [];

  constructor(parts: TftpServerParts) {
    this.#parts = parts;
    this.#order = parts;
    this.#errors = new TokenBucket(parts.clock, MOST_ERRORS);
  }

  /**
   * Opens the ports.
   * @throws the system's error when a port cannot be opened
   */
  async start(): Promise<void> {
    (await this.prepare(this.#order)).commit();
  }

  /**
   * Prepares a change to new files and settings. Ports that both configurations name stay open; running transfers
   * continue under their old terms.
   *
   * @throws the system's error when a port cannot be opened
   */
  async prepare(next: TftpOrder): Promise<Transaction> {
    const { listen, port: number, singlePort } = next.settings;
    const ports: Port[] = [];
    const rollback = (): void => {
      for (const port of ports) if (!this.#ports.includes(port)) port.close();
    };
    try {
      for (const address of listen) {
        const kept = this.#ports.find((port) => port.address === address && port.number === number);
        await kept?.allow(singlePort);
        ports.push(kept ?? (await this.#open(address, number, singlePort)));
      }
    } catch (error) {
      rollback();
      throw error;
    }
    const commit = (): void => {
      const dropped = this.#ports.filter((port) => !ports.includes(port));
      this.#order = next;
      this.#ports = ports;
      for (const port of dropped) port.retire();
      this.#retired = [...this.#retired, ...dropped].filter(({ closed }) => !closed);
    };
    return { commit, rollback };
  }

  /** Aborts every transfer with an error to its client, and closes the ports. */
  stop(): void {
    for (const session of this.#sessions.all) {
      session.transfer?.abort(ErrorCode.undefined, { code: "shutting-down" });
      this.#sessions.remove(session);
    }
    for (const port of [...this.#ports, ...this.#retired]) port.close();
    this.#ports = [];
    this.#retired = [];
  }

  #open(address: Ipv4, number: number, singlePort: boolean): Promise<Port> {
    const { network, clock } = this.#parts;
    return Port.open({ address, number }, singlePort, {
      network,
      clock,
      onError: (error) => {
        this.#fail("sending by TFTP", error);
      },
      onDatagrams: (batch, port) => {
        // A port that is not committed yet receives nothing; a retired one only packets of its own transfers.
        const current = this.#ports.includes(port);
        for (const datagram of batch) if (current || port.retired) this.#receive(datagram, port);
      },
    });
  }

  #receive(datagram: Datagram, port: Port): void {
    const { payload, peer } = datagram;
    const { events } = this.#parts;
    if (!this.#isClients(peer)) {
      events.publish({ kind: "packet-dropped", protocol: "TFTP", peer, cause: { code: "impossible-source" } });
      return;
    }
    try {
      const request = decodeRequest(payload);
      const { singlePort } = this.#order.settings;
      if (request.kind === "other" && (singlePort || port.carriesTransfers)) port.receive(datagram);
      else if (!port.retired) this.#take(request, Buffer.from(payload), peer, port);
    } catch (error) {
      if (!(error instanceof DecodeError)) {
        this.#fail("taking a TFTP request", error);
        return;
      }
      const cause = { code: "malformed", flaw: error.message } as const;
      events.publish({ kind: "packet-dropped", protocol: "TFTP", peer, cause });
      if (isReadRequest(payload) && isServed(this.#order.settings, peer.address))
        this.#sendError(port, peer, encodeError(ErrorCode.illegalOperation, "malformed request"));
    }
  }

  /**
   * Whether a client can have this address and port. A client chooses its port (RFC 1350 4), so any port but 0 is
   * valid: lwIP sends from 69. Two servers that are made to see each other as clients cannot loop, because errors are
   * never answered. A packet from one of our own addresses comes from this host: the system drops packets that others
   * send with such a source address.
   */
  #isClients({ address, port }: Endpoint): boolean {
    if (port === 0 || !(isUnicast(address) || isLoopback(address))) return false;
    return !this.#order.settings.links.some(({ subnet }) => subnet.isForAll(address));
  }

  /** Returns the read request if the client may make it. Answers a write request with an error. */
  #readOf(request: Request, peer: Endpoint, port: Port): ReadRequest | undefined {
    if (request.kind === "other") throw new DecodeError(`opcode ${request.opcode} opens no transfer`, 0);
    const name = request.kind === "read" ? request.request.name : request.name;
    if (!isServed(this.#order.settings, peer.address)) {
      // The source address may be forged: send nothing, not even an error.
      this.#refuse(peer, name, { code: "clients" });
      return undefined;
    }
    if (request.kind === "read") return request.request;
    this.#refuse(peer, name, { code: "write-request" });
    this.#sendError(port, peer, encodeError(ErrorCode.accessViolation, "nothing can be written here"));
    return undefined;
  }

  #take(request: Request, packet: Buffer, peer: Endpoint, port: Port): void {
    const read = this.#readOf(request, peer, port);
    if (read === undefined) return;
    const former = this.#sessions.of(peer);
    if (former !== undefined) {
      // A repeated request means that our first packet was lost or is late: the timer of that transfer resends it.
      if (former.packet.equals(packet) && former.transfer?.answered !== true) return;
      former.transfer?.abandon({ code: "asked-again" });
      this.#sessions.remove(former);
    }
    const full = this.#sessions.fullFor(peer.address, this.#order.settings, this.#parts.clock.now());
    if (full !== undefined && full.silent === undefined) {
      this.#parts.events.publish({
        kind: "packet-dropped",
        protocol: "TFTP",
        peer,
        cause: { code: "too-many-transfers", ...full.why },
      });
      return;
    }
    full?.silent?.transfer?.abandon({ code: "gave-way", ...full.why });
    const { directory, clock } = this.#parts;
    const facts = directory.find(peer.address);
    const loader = this.#loaders.recognise(peer.address, facts, read);
    const ended = directory.reading(peer.address);
    const session: Session = { packet, peer, started: clock.now(), facts, loader, ended };
    this.#sessions.add(session);
    this.#begin(session, read, port).catch((error: unknown) => {
      this.#sessions.remove(session);
      this.#fail("starting a TFTP transfer", error);
    });
  }

  async #begin(session: Session, request: ReadRequest, port: Port): Promise<void> {
    const { clock } = this.#parts;
    const { settings } = this.#order;
    const { peer } = session;
    const channel = port.openChannel(peer, settings.singlePort, (response) => session.transfer?.receive(response));
    const file = await openFor(this.#order.files, request.name, session.facts, peer.address);
    // While the file was being opened, the client may have requested another, or the server may have stopped.
    const current = this.#sessions.has(session);
    if (file instanceof Refusal || !current) {
      if (file instanceof Refusal && current) {
        this.#sessions.remove(session);
        this.#refuse(session.peer, request.name, file.cause);
        channel.send([{ payload: errorFor(file.cause), peer: session.peer }]);
      } else if (!(file instanceof Refusal)) file.close();
      channel.close();
      return;
    }
    session.transfer = new Transfer({
      request,
      peer: session.peer,
      terms: negotiate(
        withoutOptions(request, session.facts?.refuseOptions),
        file.size,
        this.#limitsFor(session, request, port.address),
      ),
      file,
      clock,
      patience: settings.patience,
      send: channel.send,
      onEnd: (outcome, transfer) => {
        channel.close();
        this.#sessions.remove(session);
        this.#report(session, outcome, transfer);
      },
    });
    const size = request.mode === "octet" ? file.size : undefined;
    const about = { peer, mac: session.facts?.mac, name: request.name, origin: file.origin, size };
    this.#parts.events.publish({ kind: "transfer-began", protocol: "TFTP", ...about });
    this.#sessions.begin(session, clock.now());
    session.transfer.start();
  }

  /**
   * Returns the limits for a session's transfer.
   *
   * @param asked our address that the client sent its request to, and that answers it
   */
  #limitsFor({ peer, facts, loader }: Session, request: ReadRequest, asked: Ipv4): Limits {
    const { limits, timeoutIsLeast } = this.#order.settings;
    const least = facts?.leastWait ?? (loader === undefined ? LEAST_WAIT.others : LEAST_WAIT.loader);
    const leastWaitSeconds = timeoutIsLeast || least === "timeout" ? limits.timeoutSeconds : least;
    if (!asksForBlockSize(request)) return { ...limits, leastWaitSeconds };
    const most = Math.min(facts?.maxBlockSize ?? Infinity, this.#largestTo(peer, asked));
    return { ...limits, largestBlockSize: Math.min(most, limits.largestBlockSize), leastWaitSeconds };
  }

  /**
   * Returns the largest block that reaches a client unfragmented. Where the system does not report the path MTU, the
   * limit is that of the link of the client's network; behind a router, that of the address that received the request.
   */
  #largestTo(peer: Endpoint, asked: Ipv4): number {
    const mtu = this.#parts.pathMtu?.(asked, peer);
    if (mtu !== undefined) return mtu - OVERHEAD;
    const { links } = this.#order.settings;
    const link =
      links.find(({ subnet }) => subnet.contains(peer.address)) ?? links.find(({ address }) => address === asked);
    return link?.largestBlockSize ?? Infinity;
  }

  /** Sends an error packet, at a limited rate: the source address may be forged. */
  #sendError(port: Port, peer: Endpoint, payload: Buffer): void {
    if (this.#errors.take()) port.send([{ payload, peer }]);
  }

  #report(
    { peer, started, facts }: Session,
    outcome: Outcome,
    { name, origin, octets, retransmissions }: Transfer,
  ): void {
    const common = { peer, mac: facts?.mac, name, origin, octets };
    if (outcome.kind === "failed") {
      this.#parts.events.publish({ kind: "transfer-failed", ...common, cause: outcome.cause });
      return;
    }
    const seconds = (this.#parts.clock.now() - started) / 1000;
    this.#parts.events.publish({ kind: "transfer-ended", ...common, seconds, retransmissions, outcome: outcome.kind });
  }

  #refuse(peer: Endpoint, name: string, cause: FileCause | RequestCause): void {
    const mac = this.#parts.directory.find(peer.address)?.mac;
    this.#parts.events.publish({ kind: "file-refused", protocol: "TFTP", peer, mac, name, cause });
  }

  #fail(where: string, error: unknown): void {
    this.#parts.events.publish({ kind: "failed", where, error: asError(error) });
  }
}

function isReadRequest(packet: Buffer): boolean {
  return packet.length >= 2 && packet.readUInt16BE(0) === Opcode.readRequest;
}

/** Returns the error packet for a client: it names the reason, but nothing of this host. */
function errorFor({ code }: FileCause): Buffer {
  switch (FILE_KINDS[code]) {
    case "not-found":
      return encodeError(ErrorCode.fileNotFound, "file not found");
    case "forbidden":
      return encodeError(ErrorCode.accessViolation, "access violation");
    case "unavailable":
      return encodeError(ErrorCode.undefined, "the file cannot be had at the moment");
  }
}
