import { Refusal } from "../common/refusal.js";
import { withIpxe } from "../boot/ipxe/files.js";
import type { Origin } from "../config/origin.js";
import { directoryOf } from "../dhcp/directory.js";
import type { SnoopedAddresses } from "../dhcp/snooped-addresses.js";
import type { EventBus } from "../events/event.js";
import type { BootFiles } from "../files/boot-files.js";
import type { RequestedFiles } from "../files/request-facts.js";
import type { OpenFile } from "../files/source.js";
import { answerTo, type AnswerOrder } from "../http/answer.js";
import type { HttpRefusal } from "../http/route.js";
import { httpRoutes, httpSettings, whoAsksBy } from "../http/settings.js";
import type { ClientDirectory } from "../machine/directory.js";
import type { MachineTable } from "../machine/records.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Config } from "../settings/load.js";
import { isServed, openFor } from "../tftp/open-file.js";
import type { PreparedServices } from "./services.js";

/** A machine that asks for a file. */
export interface Asker {
  readonly mac: Mac;
  readonly address: Ipv4;
}

/** The answer of a file service. */
export interface FileAnswer {
  readonly found: OpenFile | Pick<HttpRefusal, "cause">;
  /** The line of `[filters]` that decides, if any. */
  readonly filter: Origin | undefined;
  /** Whether it is a script that is made for the machine. */
  readonly isScript: boolean;
}

/** The parts of the DHCP side that the files depend on. */
interface DhcpSide {
  readonly machines: MachineTable;
  readonly snooped: SnoopedAddresses;
  readonly events: EventBus;
}

/** The file services of a configuration, asked without a network. Takes notes of what they tell. */
export class RehearsedFiles {
  readonly #config: Config;
  readonly #directory: ClientDirectory;
  readonly #tftp: RequestedFiles;
  readonly #http: AnswerOrder;
  #asker: Mac | undefined;
  #filter: Origin | undefined;
  #isScript = false;

  constructor(config: Config, { allocation, files, ipxe, once, hosts }: PreparedServices, dhcp: DhcpSide) {
    const { machines, snooped, events } = dhcp;
    const neighbourAt = (): Mac | undefined => this.#asker;
    this.#config = config;
    this.#directory = directoryOf({ allocation: () => allocation, machines, snooped, neighbourAt });
    this.#tftp = withIpxe(this.#noting(files.boot), ipxe);
    const web = withIpxe(this.#noting(files.web), ipxe);
    const whoAsks = whoAsksBy(config, neighbourAt);
    this.#http = {
      routes: httpRoutes({ files: web, scripts: ipxe.scripts, once, hosts, whoAsks, events }),
      checkAddress: httpSettings(config).checkAddress,
    };
    events.subscribe(({ kind }) => {
      if (kind === "script-given") this.#isScript = true;
    });
  }

  /** Asks for a file by TFTP. */
  async byTftp(name: string, asker: Asker): Promise<FileAnswer> {
    const { address } = asker;
    return this.#ask(asker, async () => {
      if (!isServed(this.#config.settings.tftpd, address)) return { cause: { code: "clients" } };
      const found = await openFor(this.#tftp, name, this.#directory.find(address), address);
      return found instanceof Refusal ? { cause: found.cause } : found;
    });
  }

  /** Asks for a path by HTTP. */
  async byHttp(target: string, asker: Asker): Promise<FileAnswer> {
    const { address } = asker;
    return this.#ask(asker, async () => {
      const client = this.#directory.find(address);
      const facts = { method: "GET", headers: {}, peer: { address, port: 0 }, client };
      const answer = await answerTo({ target, method: "GET", facts }, this.#http);
      return "status" in answer ? answer : answer.file;
    });
  }

  async #ask({ mac }: Asker, open: () => Promise<FileAnswer["found"]>): Promise<FileAnswer> {
    this.#asker = mac;
    this.#filter = undefined;
    this.#isScript = false;
    const found = await open();
    return { found, filter: this.#filter, isScript: this.#isScript };
  }

  /** Notes the filter of each file that is opened. */
  #noting(files: BootFiles): RequestedFiles {
    return {
      open: (name, facts) => {
        this.#filter = files.filterFor(name)?.origin;
        return files.open(name, facts);
      },
    };
  }
}
