/**
 * A small authority for trying `access = http`: it answers /boot and /linux, 200 for machines whose UUID its
 * configuration enables, and 401 for all others. config.ini beside this file tells how to run it.
 */

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readDocument } from "../../lib/config/dialect.js";
import { ConfigError, type Problem } from "../../lib/config/problem.js";
import { boolean, integer, text, uuidPattern, type Codec } from "../../lib/config/values.js";
import { matchesPattern, type BitPattern } from "../../lib/net/bit-pattern.js";
import { parseUuid, swapUuid, uuidToInteger } from "../../lib/net/uuid.js";

/** Whom to let in, and what to tell of them. */
interface Authority {
  /** 0: any free one. */
  readonly port: number;
  /** The `File:` line of answers to /linux. */
  readonly file: string;
  readonly machines: readonly { readonly pattern: BitPattern; readonly enabled: boolean }[];
}

/** What a request gets. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

const PATHS = ["/boot", "/linux"];

/** @throws {ConfigError} with all that is wrong */
function readAuthority(file: string): Authority {
  const { sections, problems: unread } = readDocument(readFileSync(file, "utf8"));
  const problems: Problem[] = [...unread];
  const entriesOf = (name: string) => sections.find((section) => section.name === name)?.entries ?? [];
  const parse = <T>(codec: Codec<T>, value: string, place: Omit<Problem, "expected" | "got">): T | undefined => {
    const parsed = codec.parse(value, { directory: "." });
    if (parsed === undefined) problems.push({ ...place, expected: codec.expected, got: JSON.stringify(value) });
    return parsed;
  };
  const optionOf = <T>(name: string, codec: Codec<T>): T | undefined => {
    const entry = entriesOf("httpd").find(({ option }) => option.toLowerCase() === name);
    return parse(codec, entry?.value ?? "", { line: entry?.line, section: "httpd", option: name });
  };
  const port = optionOf("port", integer(0, 65535));
  const fileName = optionOf("file", text);
  const machines = entriesOf("uuid").flatMap(({ option, value, line }) => {
    const place = { line, section: "uuid", option };
    const pattern = parse(uuidPattern, option, place);
    const enabled = parse(boolean, value, place);
    return pattern === undefined || enabled === undefined ? [] : [{ pattern, enabled }];
  });
  if (port === undefined || fileName === undefined || problems.length > 0) throw new ConfigError(file, problems);
  return { port, file: fileName, machines };
}

/** Machines are called Tester-001, Tester-002 and so on, in the order of the list. */
function answerTo({ machines, file }: Authority, target: string): Answer {
  const { pathname, searchParams } = new URL(target, "http://authority");
  if (!PATHS.includes(pathname)) return { status: 404, body: `there is only ${PATHS.join(" and ")}\n` };
  const uuid = parseUuid(searchParams.get("uuid") ?? "");
  if (uuid === undefined) return { status: 401, body: "a machine is known by its UUID\n" };
  const orders = [uuidToInteger(uuid), uuidToInteger(swapUuid(uuid))];
  const index = machines.findIndex(({ pattern }) => orders.some((order) => matchesPattern(pattern, order)));
  if (machines[index]?.enabled !== true) return { status: 401, body: `${uuid} may not boot\n` };
  const client = `Client: Tester-${String(index + 1).padStart(3, "0")}\n`;
  return { status: 200, body: pathname === "/linux" ? `${client}File: ${file}\n` : client };
}

function serve(authority: Authority, say: (line: string) => void): Server {
  const server = createServer(({ url = "/" }, response) => {
    const { status, body } = answerTo(authority, url);
    response.writeHead(status, { "content-type": "text/plain" }).end(body);
    say(`${url}: ${status} ${body.trim().replace("\n", ", ")}`);
  });
  server.listen(authority.port, "127.0.0.1", () => {
    say(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  return server;
}

function main(): void {
  const beside = fileURLToPath(new URL("../../../tests/authority/config.ini", import.meta.url));
  const { values } = parseArgs({ options: { config: { type: "string", short: "c", default: beside } } });
  try {
    serve(readAuthority(values.config), console.log);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

main();
