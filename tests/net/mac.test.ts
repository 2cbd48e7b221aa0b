import t from "tap";
import { formatMac, macFromBytes, macToBytes, macToInteger, parseMac } from "../../lib/net/mac.js";
import { mac } from "../support/values.js";

await t.test("a hardware address has one form, however it is written", (t) => {
  for (const text of [
    "52-54-00-Ab-Cd-Ef",
    "52:54:00:ab:cd:ef",
    "5254.00AB.CDEF",
    "525400abcdef",
    "52-54-00:AB:CD-EF",
  ]) {
    t.equal(parseMac(text), "52:54:00:ab:cd:ef", text);
  }
  t.end();
});

await t.test("refuses what has not six octets", (t) => {
  for (const text of ["", "52-54-00-ab-cd", "52-54-00-ab-cd-ef-01", "52-54-00-ab-cd-eg", "52 54 00 ab cd ef", "-:."]) {
    t.equal(parseMac(text), undefined, JSON.stringify(text));
  }
  t.end();
});

await t.test("the octets of a packet, of any number, are a hardware address", (t) => {
  t.equal(macFromBytes(Buffer.from("525400abcdef", "hex")), "52:54:00:ab:cd:ef");
  t.equal(macFromBytes(Buffer.from("0102030405060708", "hex")), "01:02:03:04:05:06:07:08");
  t.equal(macFromBytes(Buffer.alloc(0)), "");
  t.strictSame(macToBytes(mac("52-54-00-ab-cd-ef")), Buffer.from("525400abcdef", "hex"), "and back");
  t.end();
});

await t.test("is shown to others in upper case with the separator they know", (t) => {
  t.equal(formatMac(mac("52:54:00:ab:cd:ef"), "-"), "52-54-00-AB-CD-EF");
  t.equal(formatMac(mac("52:54:00:ab:cd:ef"), ":"), "52:54:00:AB:CD:EF");
  t.end();
});

await t.test("is compared as an integer", (t) => {
  t.equal(macToInteger(mac("52:54:00:ab:cd:ef")), 0x525400abcdefn);
  t.equal(macToInteger(macFromBytes(Buffer.alloc(0))), 0n);
  t.end();
});
