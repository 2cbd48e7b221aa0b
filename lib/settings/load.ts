import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { InterfaceAddress } from "../os/interfaces.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { readCertificate, type Certificate } from "../http/certificate.js";
import { ipxeWarnings } from "../boot/ipxe/checks.js";
import { bootpdWarnings, networkWarnings } from "../dhcp/warnings.js";
import { rootWarning } from "../files/checks.js";
import type { Services } from "../service/services.js";
import { crossCheck } from "./checks.js";
import { readDocument } from "../config/dialect.js";
import { usableInterfaces, type ServedNetwork } from "../dhcp/network.js";
import { findNetworks } from "./networks.js";
import { ConfigError, type Problem } from "../config/problem.js";
import { SettingOrigins } from "../config/origin.js";
import { readSettings } from "../config/read.js";
import { SettingsError } from "./settings-error.js";
import { schema, type Settings, type SettingsReading } from "./schema.js";
import { checkSharedNetworks } from "../dhcp/shared-networks.js";
import type { ServedSubnet } from "../dhcp/subnets.js";

const HTTPS_PORT = 443;

/** The configuration that the daemon runs with. */
export interface Config {
  /** The absolute path of the file. */
  readonly file: string;
  readonly settings: Settings;
  readonly services: Services;
  /** The first network of the DHCP service, whose address clients know this server by; undefined where DHCP is off. */
  readonly network: ServedNetwork | undefined;
  /** All networks that DHCP serves: first that of `[bootpd]`, then those of `[subnet NAME]`. */
  readonly subnets: readonly ServedSubnet[];
  /** The certificate for HTTPS; undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
  /** Returns the line of the file that sets an option; undefined where the file does not set it. */
  readonly lineOf: SettingsReading["lineOf"];
  /** Says where the value of an option comes from. */
  readonly origins: SettingOrigins<keyof Settings>;
  /** Likely mistakes that are no errors, a sentence each. */
  readonly warnings: readonly string[];
}

/** The parameters of a load. */
export interface LoadRequest {
  /** The path as the user gave it. */
  readonly file: string;
  /** The services chosen on the command line; HTTP also runs where the file enables it. */
  readonly services: Services;
  readonly interfaces: readonly InterfaceAddress[];
  /** Values that replace the file's on this host, for the embedded default. */
  readonly instead?: Instead;
  /**
   * The configuration in effect. Its key is kept where only root can read the key file again, and its networks where an
   * interface is gone.
   */
  readonly former?: Pick<Config, "settings" | "certificate" | "subnets"> | undefined;
}

/** Values that replace those of a file. */
export interface Instead {
  readonly bootpd?: Partial<Settings["bootpd"]>;
  readonly cache?: Partial<Settings["cache"]>;
}

/**
 * Reads and checks a configuration file.
 *
 * @throws {ConfigError} with every problem found
 */
export function loadConfig(request: LoadRequest): Config {
  const file = resolve(request.file);
  const reading = readSettings(schema, readDocument(readText(request.file, file)), file);
  const services = { ...request.services, http: request.services.http || reading.settings.httpd.enable };
  const settings = withInterfaces(
    withOwnAddress(withHttpsPort(changed(reading.settings, request), reading), request),
    request,
  );
  const problems: Problem[] = [...reading.problems];
  const origins = new SettingOrigins(file, reading.lineOf);
  let network: ServedNetwork | undefined;
  let subnets: readonly ServedSubnet[] = [];
  if (services.dhcp && !problems.some((problem) => problem.section === "bootpd")) {
    const { interfaces, former } = request;
    const line = reading.lineOf("bootpd", "pool_start");
    const found = findNetworks(settings, { interfaces, former, line, origins });
    ({ network, subnets } = found);
    problems.push(...found.problems, ...checkSharedNetworks(settings, subnets));
  }
  const circumstances = { runs: services.dhcp, interfaces: request.interfaces, subnets };
  problems.push(...crossCheck(reading, circumstances));
  const { certificate, problems: unusable } = readCertificate(reading, request.former);
  problems.push(...unusable);
  if (problems.length > 0) throw new SettingsError(request.file, problems, { file, settings });
  return {
    file,
    settings,
    services,
    network,
    subnets,
    certificate,
    lineOf: reading.lineOf,
    origins,
    warnings: [
      ...reading.warnings,
      ...bootpdWarnings(settings, circumstances),
      ...(services.tftp ? rootWarning("tftpd", settings.tftpd.root) : []),
      ...(services.http ? rootWarning("httpd", settings.httpd.root) : []),
      ...ipxeWarnings(settings.ipxe),
      ...networkWarnings(settings, circumstances, request.file),
    ],
  };
}

/**
 * Reads the settings of a configuration file without checking that they fit this host.
 *
 * @param name the path as the user gave it
 * @throws {ConfigError} with every problem of the file
 */
export function loadSettings(name: string): Pick<Config, "file" | "settings"> {
  const file = resolve(name);
  const { settings, problems } = readSettings(schema, readDocument(readText(name, file)), file);
  if (problems.length > 0) throw new ConfigError(name, problems);
  return { file, settings };
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new ConfigError(name, [{ expected: "a configuration file that can be read", got }]);
  }
}

function changed(settings: Settings, { instead }: LoadRequest): Settings {
  const { bootpd, cache } = settings;
  return { ...settings, bootpd: { ...bootpd, ...instead?.bootpd }, cache: { ...cache, ...instead?.cache } };
}

/**
 * Chooses all interfaces where the file names none and the server gives no addresses: without a pool, networks need not
 * be told apart.
 */
function withInterfaces(settings: Settings, { interfaces, services }: LoadRequest): Settings {
  const { mode, pool_start: start, address, interface: names } = settings.bootpd;
  const said = start !== undefined || address !== UNSPECIFIED || names !== undefined;
  const usable = said || mode === "server" || !services.dhcp ? [] : usableInterfaces(interfaces);
  return usable.length === 0 ? settings : { ...settings, bootpd: { ...settings.bootpd, interface: usable } };
}

/** Replaces the address of a network, which PyBootd's manual allows, by this host's address there. */
function withOwnAddress(settings: Settings, { interfaces }: LoadRequest): Settings {
  const { bootpd } = settings;
  if (interfaces.some(({ address }) => address === bootpd.address)) return settings;
  const own = interfaces.find(({ subnet }) => subnet.network === bootpd.address);
  return own === undefined ? settings : { ...settings, bootpd: { ...bootpd, address: own.address } };
}

/** Sets the default port of HTTPS where the file sets none. */
function withHttpsPort(settings: Settings, { lineOf }: SettingsReading): Settings {
  const { httpd } = settings;
  if (httpd.certificate === undefined || lineOf("httpd", "port") !== undefined) return settings;
  return { ...settings, httpd: { ...httpd, port: HTTPS_PORT } };
}
