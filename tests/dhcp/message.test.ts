/** The form of a message on the wire, against octets written by hand. */

import t from "tap";
import { addressOption, decodeMessage, encodeMessage, messageType, type Message } from "../../lib/dhcp/message.js";
import { DecodeError } from "../../lib/common/byte-reader.js";
import { formatIpv4, toIpv4, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { makeRequest, readReply } from "../support/dhcp-packet.js";

/** Each octet of the header tells its offset, so that a field that is read from elsewhere shows. */
function numbered(): Buffer {
  const data = Buffer.alloc(300);
  for (let offset = 0; offset < 236; offset++) data[offset] = offset;
  data[2] = 6;
  data.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255], 236);
  return data;
}

const EMPTY: Message = {
  op: 2,
  htype: 1,
  hlen: 6,
  hops: 0,
  xid: 0,
  secs: 0,
  flags: 0,
  ciaddr: UNSPECIFIED,
  yiaddr: UNSPECIFIED,
  siaddr: UNSPECIFIED,
  giaddr: UNSPECIFIED,
  chaddr: Buffer.alloc(16),
  sname: Buffer.alloc(0),
  file: Buffer.alloc(0),
  options: new Map(),
};

await t.test("A1 every field of the header is read at its offset", (t) => {
  const message = decodeMessage(numbered());
  t.match(message, { op: 0, htype: 1, hlen: 6, hops: 3, xid: 0x04050607, secs: 0x0809, flags: 0x0a0b });
  t.equal(formatIpv4(message.ciaddr), "12.13.14.15");
  t.equal(formatIpv4(message.yiaddr), "16.17.18.19");
  t.equal(formatIpv4(message.siaddr), "20.21.22.23");
  t.equal(formatIpv4(message.giaddr), "24.25.26.27");
  t.equal(message.chaddr.toString("hex"), "1c1d1e1f202122232425262728292a2b");
  t.equal(message.sname.length, 64);
  t.equal(message.sname[0], 44);
  t.equal(message.file.length, 128);
  t.equal(message.file[0], 108);
  t.strictSame([...message.options], [[53, Buffer.from([1])]]);
  t.end();
});

await t.test("A1 every field of the header is written at its offset", (t) => {
  const expected = numbered();
  expected.fill(0, 44, 236).fill(44, 44, 107).fill(108, 108, 235).set([6], 2);
  const written = encodeMessage({
    op: 0,
    htype: 1,
    hlen: 6,
    hops: 3,
    xid: 0x04050607,
    secs: 0x0809,
    flags: 0x0a0b,
    ciaddr: toIpv4(0x0c0d0e0f),
    yiaddr: toIpv4(0x10111213),
    siaddr: toIpv4(0x14151617),
    giaddr: toIpv4(0x18191a1b),
    chaddr: Buffer.from("1c1d1e1f202122232425262728292a2b", "hex"),
    sname: Buffer.alloc(63, 44),
    file: Buffer.alloc(127, 108),
    options: new Map([[53, Buffer.from([1])]]),
  });
  t.equal(written.toString("hex"), expected.toString("hex"));
  t.end();
});

await t.test("A1 the highest values of the numbers survive", (t) => {
  const all = { xid: 0xffffffff, secs: 0xffff, flags: 0xffff, ciaddr: toIpv4(0xffffffff), giaddr: toIpv4(0xfffffffe) };
  t.match(decodeMessage(encodeMessage({ ...EMPTY, ...all })), all);
  t.end();
});

await t.test("A3 a message is read from 240 octets on, whatever its length", (t) => {
  const data = makeRequest({ tail: "" });
  t.equal(data.length, 240);
  t.equal(decodeMessage(data).options.size, 0);
  t.equal(decodeMessage(makeRequest({ options: [[53, "01"]] })).options.size, 1, "244 octets");
  t.equal(decodeMessage(makeRequest({ tail: `350101ff${"00".repeat(65000)}` })).options.size, 1, "65 KB");
  for (let length = 0; length < 240; length++) {
    t.throws(() => decodeMessage(data.subarray(0, length)), DecodeError, `${length} octets`);
  }
  t.end();
});

await t.test("A4 A5 what is written has 300 octets or more: the options, the end option, zeros", (t) => {
  const short = encodeMessage({ ...EMPTY, options: new Map([[53, Buffer.from([5])]]) });
  t.equal(short.length, 300);
  t.equal(short.toString("hex", 236), `63825363350105ff${"00".repeat(56)}`);
  const long = encodeMessage({ ...EMPTY, options: new Map([[56, Buffer.alloc(200, 65)]]) });
  t.equal(long.length, 240 + 202 + 1, "no padding where there is no need");
  t.equal(long.at(-1), 255);
  t.end();
});

await t.test("A8 a hardware address of more than 16 octets is refused, any other taken", (t) => {
  for (const hlen of [0, 1, 6, 16]) t.equal(decodeMessage(makeRequest({ hlen })).hlen, hlen);
  for (const hlen of [17, 20, 255]) t.throws(() => decodeMessage(makeRequest({ hlen })), DecodeError, `${hlen}`);
  t.end();
});

await t.test("a message without the cookie has no options: it is BOOTP with another vendor's field", (t) => {
  const message = decodeMessage(makeRequest({ vendor: `deadbeef350101ff${"00".repeat(56)}` }));
  t.equal(message.options.size, 0);
  t.equal(messageType(message), undefined);
  t.end();
});

await t.test("sname and file end at their first NUL, or with the field", (t) => {
  const message = decodeMessage(makeRequest({ sname: "server\0rest", file: `boot.0\0${"x".repeat(50)}` }));
  t.equal(message.sname.toString(), "server");
  t.equal(message.file.toString(), "boot.0");
  const full = decodeMessage(makeRequest({ sname: "s".repeat(64), file: "f".repeat(128) }));
  t.equal(full.sname.toString(), "s".repeat(64));
  t.equal(full.file.toString(), "f".repeat(128));
  t.end();
});

await t.test("A14 sname and file are written with their NUL, and never cut short", (t) => {
  const fitting = { ...EMPTY, sname: Buffer.alloc(63, 115), file: Buffer.alloc(127, 102) };
  t.match(readReply(encodeMessage(fitting)), { sname: "s".repeat(63), file: "f".repeat(127) });
  t.throws(() => encodeMessage({ ...EMPTY, sname: Buffer.alloc(64, 115) }), RangeError);
  t.throws(() => encodeMessage({ ...EMPTY, file: Buffer.alloc(128, 102) }), RangeError);
  t.end();
});

await t.test("the type of a message is the one octet of option 53", (t) => {
  const typeOf = (value: string): number | undefined =>
    messageType(decodeMessage(makeRequest({ options: [[53, value]] })));
  t.equal(typeOf("01"), 1);
  t.equal(typeOf("ff"), 255);
  t.equal(typeOf(""), 0, "no octet is no type");
  t.equal(typeOf("0101"), 0, "two octets are none either");
  t.equal(messageType(decodeMessage(makeRequest())), undefined, "without the option it is BOOTP");
  t.end();
});

await t.test("an address option is four octets, or it counts as absent", (t) => {
  const addressIn = (value: string): number | undefined =>
    addressOption(decodeMessage(makeRequest({ options: [[50, value]] })), 50);
  t.equal(addressIn("c0a80701"), 0xc0a80701);
  for (const value of ["", "c0a807", "c0a80701ff", "c0a80701c0a80702"]) t.equal(addressIn(value), undefined, value);
  t.equal(addressOption(decodeMessage(makeRequest()), 50), undefined);
  t.end();
});
