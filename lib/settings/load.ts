import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { InterfaceAddress } from "../os/interfaces.js";
import { formatIpv4, UNSPECIFIED } from "../net/ipv4.js";
import { readCertificate, type Certificate } from "../http/certificate.js";
import { crossCheck, type Services } from "./checks.js";
import { readDocument } from "../config/dialect.js";
import { missingInterfaces, usableInterfaces, type ServedNetwork } from "../dhcp/network.js";
import { findNetworks } from "./networks.js";
import { optionWarnings } from "../options/checks.js";
import { ConfigError, type Problem } from "../config/problem.js";
import { SettingOrigins } from "../config/origin.js";
import { readSettings } from "../config/read.js";
import { SettingsError } from "./settings-error.js";
import { schema, type Settings, type SettingsReading } from "./schema.js";
import { checkSharedNetworks, sharedNetworkWarnings } from "../dhcp/shared-networks.js";
import type { ServedSubnet } from "../dhcp/subnets.js";
import { unservedInterfaceWarnings } from "../dhcp/unserved-interfaces.js";

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
  problems.push(...crossCheck(reading, services, request.interfaces, subnets));
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
      ...absenceWarnings(settings, services, request.interfaces, subnets),
      ...warningsOf(settings, services, subnets),
      ...sharedNetworkWarnings(subnets),
      ...unservedInterfaceWarnings(settings, subnets, request.interfaces, request.file),
      ...optionWarnings(subnets),
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

/** Returns warnings about the interfaces of `[bootpd]` that do not exist now. */
function absenceWarnings(
  { bootpd }: Settings,
  services: Services,
  interfaces: readonly InterfaceAddress[],
  subnets: readonly ServedSubnet[],
): readonly string[] {
  const missing = missingInterfaces(bootpd, interfaces);
  const { pool_start: start } = bootpd;
  const hasPool =
    start === undefined || subnets.some(({ link, subnet }) => link !== undefined && subnet.contains(start));
  return [
    ...missing.map(
      (name) =>
        `[bootpd] interface: this host has no ${name} with an IPv4 address now; it is served when it comes, the others are meanwhile`,
    ),
    ...(missing.length === 0 || hasPool || !services.dhcp
      ? []
      : [`[bootpd] pool_start: ${formatIpv4(start)} is in the network of no interface that is there now`]),
  ];
}

function warningsOf(settings: Settings, services: Services, subnets: readonly ServedSubnet[]): readonly string[] {
  const { bootpd, tftpd, httpd } = settings;
  const warnings: string[] = [];
  const first = subnets.find(({ name }) => name === undefined);
  const [pool] = first?.ranges ?? [];
  if (first !== undefined && pool !== undefined && bootpd.mode === "server" && pool.count < bootpd.pool_count) {
    warnings.push(
      `[bootpd] pool_count: only ${pool.count} of ${bootpd.pool_count} addresses from ${formatIpv4(pool.start)} on ${pool.count === 1 ? "is" : "are"} in ${first.subnet.toString()}`,
    );
  }
  const roots = [
    ...(services.tftp ? [{ section: "tftpd", root: tftpd.root }] : []),
    ...(services.http ? [{ section: "httpd", root: httpd.root }] : []),
  ];
  for (const { section, root } of roots) {
    if (root.kind === "folder" && isMissing(root.path, "folder")) {
      warnings.push(`[${section}] root: there is no folder ${root.path}; every request will be answered "not found"`);
    }
  }
  return [...warnings, ...missingForIpxe(settings)];
}

function missingForIpxe({ ipxe: { script, binary_dir: programs } }: Settings): readonly string[] {
  return [
    ...(script !== undefined && isMissing(script)
      ? [`[ipxe] script: there is no file ${script}; machines without a script of their own get none`]
      : []),
    ...(programs !== undefined && isMissing(programs, "folder")
      ? [`[ipxe] binary_dir: there is no folder ${programs}; no program of iPXE can be served`]
      : []),
  ];
}

/** Whether a path does not exist, or is not a folder where `kind` asks for one. False where this user cannot tell. */
function isMissing(path: string, kind?: "folder"): boolean {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined || (kind === "folder" && !status.isDirectory());
  } catch {
    return false;
  }
}
