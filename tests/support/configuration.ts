import { join } from "node:path";
import type { Test } from "tap";
import type { Services } from "../../lib/service/services.js";
import { loadConfig, type Config, type LoadRequest } from "../../lib/settings/load.js";
import { ConfigError } from "../../lib/config/problem.js";
import type { InterfaceAddress } from "../../lib/os/interfaces.js";
import { isLoopback } from "../../lib/net/ipv4.js";
import { parseNetmask, Subnet } from "../../lib/net/subnet.js";
import { ip } from "./values.js";

/** An interface of a host that a test makes up: `interfaceWith("eth0", "192.168.1.1/24")`. */
export function interfaceWith(name: string, addressAndBits: string, index = 1): InterfaceAddress {
  const [text = "", bits = ""] = addressAndBits.split("/");
  const address = ip(text);
  const mask = parseNetmask(bits);
  if (mask === undefined) throw new Error(`the test has a mask that cannot be read: ${addressAndBits}`);
  return { name, index, address, subnet: Subnet.holding(address, mask), loopback: isLoopback(address) };
}

/** A host with a network that most tests serve, and another one. */
export const HOST = [
  interfaceWith("lo", "127.0.0.1/8"),
  interfaceWith("eth0", "192.168.1.1/24"),
  interfaceWith("eth1", "10.20.0.1/16"),
];

/** The services that `pybootd` runs without options. */
export const USUAL_SERVICES: Services = { dhcp: true, tftp: true, http: false };

type Circumstances = Partial<Omit<LoadRequest, "file">>;

/** Loads a text as the file `pybootd.ini` of a folder of its own. */
export function loadText(t: Test, text: string, circumstances: Circumstances = {}): Config {
  const file = join(t.testdir({ "pybootd.ini": text }), "pybootd.ini");
  return loadFile(file, circumstances);
}

/** Loads a file on {@link HOST}, where the test does not say otherwise. */
export function loadFile(file: string, circumstances: Circumstances = {}): Config {
  return loadConfig({ file, services: USUAL_SERVICES, interfaces: HOST, ...circumstances });
}

/** Returns the problems of a text as a user reads them, a line each; the file is called `FILE`. */
export function complaintsOf(t: Test, text: string, circumstances: Circumstances = {}): readonly string[] {
  const file = join(t.testdir({ "pybootd.ini": text }), "pybootd.ini");
  try {
    loadFile(file, circumstances);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(file, "FILE").split("\n");
  }
}
