/** TFTP packets on the wire, against octets written by hand. */

import t from "tap";
import { DecodeError } from "../../lib/common/byte-reader.js";
import {
  dataPrefix,
  decodeRequest,
  decodeResponse,
  encodeError,
  encodeOptionAcknowledgement,
  type Request,
} from "../../lib/tftp/packet.js";

const octets = (text: string): Buffer => Buffer.from(text, "latin1");
const decode = (text: string): Request => decodeRequest(octets(text));

/** The options of a read request with this text after the mode. */
function optionsOf(text: string): readonly (readonly string[])[] {
  const request = decode(`\0\x01name\0octet\0${text}`);
  return request.kind === "read" ? request.request.options : [];
}

await t.test("C1 a read request is a name, a mode and options", (t) => {
  t.strictSame(decode("\0\x01pxelinux.0\0octet\0"), {
    kind: "read",
    request: { name: "pxelinux.0", mode: "octet", options: [] },
  });
  t.strictSame(decode("\0\x01a/b c\0netascii\0blksize\x001468\0tsize\x000\0"), {
    kind: "read",
    request: {
      name: "a/b c",
      mode: "netascii",
      options: [
        ["blksize", "1468"],
        ["tsize", "0"],
      ],
    },
  });
  t.end();
});

await t.test("C1 the mode counts in any case, and only octet and netascii are served", (t) => {
  for (const mode of ["octet", "OCTET", "Octet"]) {
    t.match(decode(`\0\x01x\0${mode}\0`), { request: { mode: "octet" } });
  }
  t.match(decode("\0\x01x\0NetASCII\0"), { request: { mode: "netascii" } });
  for (const mode of ["mail", "", "octet ", "binary"]) t.throws(() => decode(`\0\x01x\0${mode}\0`), DecodeError, mode);
  t.end();
});

await t.test("C1 a request that is cut short is none", (t) => {
  const whole = "\0\x01name\0octet\0";
  for (let length = 0; length < whole.length; length++) {
    t.throws(() => decode(whole.slice(0, length)), DecodeError, `${length} octets`);
  }
  t.throws(() => decode("\0\x01\0octet\0"), DecodeError, "an empty name");
  t.end();
});

await t.test("C5 an option without a value, or without its end, is not there; of duplicates the first counts", (t) => {
  t.strictSame(optionsOf("blksize\0"), []);
  t.strictSame(optionsOf("blksize\x001024\0tsize\0"), [["blksize", "1024"]]);
  t.strictSame(optionsOf("blksize\x001024\0tsize\x000"), [["blksize", "1024"]]);
  t.strictSame(optionsOf("blksize\x001024\0BLKSIZE\x0010\0"), [["blksize", "1024"]]);
  t.strictSame(optionsOf("\0\0"), [["", ""]]);
  t.end();
});

await t.test("C24 an 0xFF after the name, which boot ROMs read from behind option 67, is dropped", (t) => {
  t.match(decode("\0\x01pxelinux.0\xff\0octet\0"), { request: { name: "pxelinux.0" } });
  t.throws(() => decode("\0\x01\xff\0octet\0"), DecodeError, "where nothing else is there, there is no name");
  t.end();
});

await t.test("C27 names are UTF-8, and no two names are one", (t) => {
  const named = (name: Buffer): Request => decodeRequest(Buffer.concat([octets("\0\x01"), name, octets("\0octet\0")]));
  t.match(named(Buffer.from("käse/🧀")), { request: { name: "käse/🧀" } });
  t.match(named(Buffer.from("\ufeffx")), { request: { name: "\ufeffx" } }, "a byte order mark is part of it");
  for (const malformed of ["k\xe4se", "\xc0\xae\xc0\xae/x", "\xff\xfe", "\xed\xa0\x80"]) {
    t.throws(() => named(octets(malformed)), DecodeError, JSON.stringify(malformed));
  }
  t.end();
});

await t.test("C26 D13 D14 a name and options of any length are read", (t) => {
  const long = "d/".repeat(2000);
  t.match(decode(`\0\x01${long}\0octet\0`), { request: { name: long } });
  t.equal(optionsOf(Array.from({ length: 500 }, (_, index) => `o${index}\x001\0`).join("")).length, 500);
  t.end();
});

await t.test("C20 a write request is known for one, and anything else for what it is not", (t) => {
  t.strictSame(decode("\0\x02name\0octet\0"), { kind: "write", name: "name" });
  for (const opcode of [0, 3, 4, 5, 6, 255]) {
    t.strictSame(decodeRequest(Buffer.from([0, opcode, 0, 1])), { kind: "other", opcode });
  }
  t.end();
});

await t.test("an acknowledgement is a block number", (t) => {
  t.strictSame(decodeResponse(Buffer.from([0, 4, 0, 0])), { kind: "acknowledgement", block: 0 });
  t.strictSame(decodeResponse(Buffer.from([0, 4, 0xff, 0xfe])), { kind: "acknowledgement", block: 65534 });
  t.strictSame(decodeResponse(Buffer.from([0, 4, 0, 1, 9, 9])), { kind: "acknowledgement", block: 1 });
  for (const short of [[], [0], [0, 4], [0, 4, 1]]) t.throws(() => decodeResponse(Buffer.from(short)), DecodeError);
  t.end();
});

await t.test("C16 an error is one whatever of it is missing", (t) => {
  t.strictSame(decodeResponse(octets("\0\x05\0\x08User aborted\0")), { kind: "error", code: 8, text: "User aborted" });
  t.strictSame(decodeResponse(octets("\0\x05\0\x00no NUL")), { kind: "error", code: 0, text: "no NUL" });
  t.strictSame(decodeResponse(octets("\0\x05\x03\xe7")), { kind: "error", code: 999, text: "" });
  for (const short of ["\0\x05", "\0\x05\0"]) t.match(decodeResponse(octets(short)), { kind: "error", code: 0 });
  t.end();
});

await t.test("C12 a block is sent with the low 16 bits of its number, before its octets", (t) => {
  const wire = (block: number): string => {
    return dataPrefix(block).toString(16).padStart(8, "0");
  };
  t.equal(wire(1), "00030001");
  t.equal(wire(65535), "0003ffff");
  t.equal(wire(65536), "00030000");
  t.equal(wire(131073), "00030001");
  t.equal(wire(262144 + 5), "00030005");
  t.end();
});

await t.test("C21 an error has a code and a text of printable ASCII that a NUL ends", (t) => {
  t.equal(encodeError(1, "file not found").toString("latin1"), "\0\x05\0\x01file not found\0");
  t.equal(encodeError(0, "k\u00e4se\n\x1b[31m").toString("latin1"), "\0\x05\0\0k?se??[31m\0");
  t.ok(encodeError(0, "x".repeat(10_000)).length <= 512);
  t.end();
});

await t.test("C4 an OACK has the options in their order, each with a NUL after name and value", (t) => {
  const packet = encodeOptionAcknowledgement([
    ["tsize", "42430"],
    ["BlkSize", "1468"],
  ]);
  t.equal(packet.toString("latin1"), "\0\x06tsize\x0042430\0BlkSize\x001468\0");
  t.end();
});
