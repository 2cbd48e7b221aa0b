import { strict as assert } from "node:assert";
import { FilterList, makeFilter } from "../../lib/files/filters.js";
import { normaliseName } from "../../lib/files/names.js";
import { clientAddress } from "../../lib/http/client-address.js";
import { macIn } from "../../lib/http/own-path.js";
import { parseRange } from "../../lib/http/range.js";
import { fillScript, harmless } from "../../lib/boot/ipxe/template.js";
import { DecodeError } from "../../lib/common/byte-reader.js";
import { Subnet } from "../../lib/net/subnet.js";
import { negotiate } from "../../lib/tftp/negotiate.js";
import { decodeRequest, decodeResponse, type ReadRequest } from "../../lib/tftp/packet.js";
import { ip } from "../support/values.js";
import { tftpSeeds } from "./seeds.js";
import { allowing, words, type Target } from "./target.js";

const LIMITS = {
  defaultBlockSize: 512,
  largestBlockSize: 1468,
  largestWindowSize: 64,
  timeoutSeconds: 2,
  leastWaitSeconds: 0.02,
};

const tftp: Target = {
  name: "TFTP packets",
  seeds: tftpSeeds,
  dictionary: words(
    "\0",
    "octet\0",
    "mail\0",
    "blksize\0",
    "tsize\0",
    "windowsize\0",
    "timeout\0",
    "../",
    "//",
    "65536\0",
  ),
  run(input) {
    const request = allowing(DecodeError, () => decodeRequest(input));
    if (request?.kind === "read") checkTerms(request.request);
    allowing(DecodeError, () => decodeResponse(input));
  },
};

function checkTerms(request: ReadRequest): void {
  const { blockSize, windowSize, timeoutSeconds, accepted } = negotiate(request, 40_000_000, LIMITS);
  assert.ok(blockSize >= 8 && blockSize <= 1468, `blksize ${blockSize}`);
  assert.ok(windowSize >= 1 && windowSize <= 64, `windowsize ${windowSize}`);
  assert.ok(timeoutSeconds >= 1 && timeoutSeconds <= 255, `timeout ${timeoutSeconds}`);
  const asked = new Set(request.options.map(([name]) => name));
  for (const [name] of accepted) assert.ok(asked.has(name), `${name} was not asked`);
  checkName(request.name);
}

/** No name leaves the folder, however it is written. */
function checkName(text: string): void {
  const name = normaliseName(text);
  if (name === undefined) return;
  assert.ok(!name.startsWith("/") && !name.split("/").includes(".."), name);
  assert.ok(!name.includes("\0") && !name.includes("\\"), name);
  assert.equal(normaliseName(name), name, "what is in order stays as it is");
}

const paths: Target = {
  name: "paths, filters, ranges and addresses of HTTP",
  seeds: words(
    "/52:54:00:aa:bb:01/auto.ipxe",
    "/pxelinux.cfg/01-52-54-00-aa-bb-01",
    "../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "bytes=0-99,200-",
    "10.0.0.1, 192.168.1.7",
  ),
  dictionary: words("/", "..", "\\", "%2e", "bytes=", "-", ",", "[!a-z]", "*", "?", "[", "]"),
  run(input) {
    const text = input.toString("latin1");
    checkName(text);
    const name = normaliseName(text);
    if (name !== undefined) {
      macIn(name);
      new FilterList([makeFilter("pxelinux.cfg/*", "pxe.cfg"), makeFilter(text, "other")]).find(name);
    }
    const range = parseRange(text, 1000);
    if (typeof range === "object") assert.ok(range.start >= 0 && range.start <= range.end && range.end < 1000);
    clientAddress(ip("10.0.0.2"), text, [Subnet.holding(ip("10.0.0.0"), ip("255.0.0.0"))]);
  },
};

const scripts: Target = {
  name: "what clients say in iPXE's scripts",
  seeds: words("pc", "${net0/mac}", "a\nchain http://evil/", "x; shell", "{mac}", "$(id)", "a||b"),
  dictionary: words("\n", "\r", "${", "}", "{serial}", " ", "||", "&&", ";", "#!ipxe", "\x1b[2J", "\u2028"),
  run(input) {
    const text = input.toString("utf8");
    const word = harmless(text);
    assert.match(word, /^(?:[A-Za-z0-9.,:/@+][A-Za-z0-9.,:/@+_-]*)?$/);
    const script = fillScript("#!ipxe\nset name {name}\nset own ${serial}\n", new Map([["name", text]]));
    assert.equal(script, `#!ipxe\nset name ${word}\nset own \${serial}\n`);
  },
};

export const fileTargets: readonly Target[] = [tftp, paths, scripts];
