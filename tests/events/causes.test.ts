/** The sentence of each cause, word for word: users and scripts search the log for them. */

import t from "tap";
import { describeCause, type Cause, type CauseFacts } from "../../lib/events/causes/describe.js";
import { ip, mac } from "../support/values.js";

type Examples = {
  readonly [Code in keyof CauseFacts]: readonly (readonly [facts: Readonly<CauseFacts[Code]>, sentence: string])[];
};

const path = "/srv/tftp/x";
const url = "http://mirror/x";
const MAC = mac("52:54:00:00:00:01");
const address = ip("192.168.1.100");

const EXAMPLES: Examples = {
  "outside-root": [
    [{ asked: "name" }, "the name leads out of the root, or is none"],
    [{ asked: "path" }, "the path leads out of the root, or is none"],
  ],
  "outside-folder": [
    [{ path, folder: "/srv" }, "/srv/tftp/x leads out of /srv"],
    [{ path, folder: undefined }, "/srv/tftp/x leads out of its folder"],
  ],
  "file-missing": [[{ path }, "there is no /srv/tftp/x"]],
  "variable-unknown": [[{ filter: "*.cfg", variable: "mac" }, "the filter *.cfg needs {mac}, which is not known here"]],
  "names-no-file": [[{ origin: path }, "/srv/tftp/x names no file to serve"]],
  "file-not-regular": [[{ path }, "/srv/tftp/x is not a regular file"]],
  "file-private": [[{ path, what: "the configuration" }, "/srv/tftp/x is not served: it is the configuration"]],
  "file-closed": [
    [{ path, mode: "0600" }, "/srv/tftp/x is not served: its mode 0600 keeps others out (chmod o+r lets them in)"],
  ],
  "file-forbidden": [[{ path, error: "EACCES" }, "/srv/tftp/x cannot be read (EACCES)"]],
  "file-unreadable": [[{ path, error: "EIO" }, "/srv/tftp/x cannot be read (EIO)"]],
  "file-place-unknown": [[{ path }, "/srv/tftp/x: without /proc nobody can tell where a file is that was opened"]],
  "file-changed": [
    [{ origin: path, while: "opened" }, "/srv/tftp/x changed while it was opened"],
    [{ origin: path, while: "read" }, "/srv/tftp/x changed while it was read"],
    [{ origin: url, while: "being fetched" }, "http://mirror/x changed while it was being fetched"],
  ],
  "file-short": [[{ origin: path }, "/srv/tftp/x ended too early"]],
  "size-unknown": [[{ origin: url }, "http://mirror/x does not tell its size, and is too large to be measured"]],
  "missing-at-mirror": [
    [{ url, status: 404 }, "http://mirror/x answered 404"],
    [{ url, status: undefined }, "http://mirror/x was not there just now"],
  ],
  "mirror-forbids": [[{ url, status: 403 }, "http://mirror/x answered 403"]],
  "mirror-failed": [[{ url, status: 500 }, "http://mirror/x answered 500"]],
  "mirror-unreachable": [
    [{ url, error: "connect ECONNREFUSED" }, "http://mirror/x cannot be fetched: connect ECONNREFUSED"],
  ],
  "mirror-not-asked": [[{ url }, "http://mirror/x was not asked"]],
  "mirror-short": [
    [{ url, end: 5, wanted: 9 }, "http://mirror/x ended at octet 5 of 9"],
    [{ url, end: undefined, wanted: 9 }, "http://mirror/x ended before octet 9"],
  ],
  "fetch-ended": [[{ url }, "http://mirror/x is no longer being fetched"]],
  "nothing-served": [[{}, "nothing is served there"]],
  "for-another": [
    [
      { mac: MAC, asker: mac("52:54:00:00:00:02"), address },
      "it is for 52:54:00:00:00:01 alone, not for 52:54:00:00:00:02",
    ],
    [
      { mac: MAC, asker: undefined, address },
      "it is for 52:54:00:00:00:01 alone, not for whoever has 192.168.1.100, which no lease, no request and no link here tells",
    ],
  ],
  "no-script": [[{}, "[ipxe] has no script for this machine"]],
  "script-missing": [[{ error: "ENOENT: no such file" }, "no script: ENOENT: no such file"]],
  "script-unreadable": [[{ error: "EIO: i/o error" }, "no script: EIO: i/o error"]],
  "not-a-mac": [[{}, "that is no MAC address"]],
  "report-not-kept": [[{ error: "ENOSPC" }, "the report cannot be kept: ENOSPC"]],
  "inventory-unknown": [[{ reason: "ECONNREFUSED" }, "the inventory is not known yet: ECONNREFUSED"]],
  clients: [[{}, "[tftpd] clients does not name its network; it gets no answer"]],
  "write-request": [[{}, "it wanted to write, and nothing can be written here"]],
  "check-ip": [[{}, "check_ip is on, and the machine holds no address of ours"]],
  "method-not-served": [[{ method: "PUT" }, "the method PUT is not served"]],
  "no-host-header": [[{}, "HTTP/1.1 without a Host header"]],
  "expectation-failed": [[{ expect: "x" }, 'it expects "x"']],
  "range-unsatisfiable": [
    [{ size: 1, range: "bytes=9-" }, "the file has 1 octet, not bytes=9-"],
    [{ size: 5, range: "bytes=9-" }, "the file has 5 octets, not bytes=9-"],
  ],
  "aborted-by-client": [
    [{ errorCode: 0, text: "" }, "the client ended it: error 0"],
    [{ errorCode: 8, text: "no room" }, 'the client ended it: error 8 "no room"'],
  ],
  "unexpected-packet": [[{ opcode: 3 }, "the client sent a packet of type 3"]],
  "no-acknowledgement": [[{}, "no acknowledgement came in time"]],
  "too-long": [[{ seconds: 60 }, "it took longer than 60 s"]],
  "too-slow": [[{ rate: 256 }, "it was slower than 256 octets a second"]],
  "client-too-slow": [[{}, "the client takes too long"]],
  "connection-lost": [[{ error: "Premature close" }, "Premature close"]],
  "asked-again": [[{}, "the client sent another request from the same port"]],
  "gave-way": [
    [{ of: "address", count: 2 }, "the client did not answer, and its address has 2 transfers already"],
    [{ of: "all", count: 1 }, "the client did not answer, and there is 1 transfer"],
  ],
  "shutting-down": [[{}, "the server is shutting down"]],
  "read-failed": [[{ error: "it is broken" }, "it is broken"]],
  malformed: [[{ flaw: "hops needs 1 octet at octet 3" }, "hops needs 1 octet at octet 3"]],
  "not-a-request": [[{}, "it is not a request"]],
  "no-hardware-address": [[{}, "it has no hardware address to know the client by"]],
  "impossible-source": [[{}, "no client has its address and port"]],
  "too-many-transfers": [
    [{ of: "address", count: 1 }, "its address has 1 transfer already"],
    [{ of: "all", count: 1000 }, "there are 1000 transfers"],
  ],
  "too-many-connections": [
    [{ of: "address", count: 1024 }, "its address has 1024 connections already"],
    [{ of: "all", count: 4096 }, "there are 4096 connections"],
  ],
  "not-http": [[{ flaw: "Parse Error" }, "no request: Parse Error"]],
  "too-many-ahead": [[{ count: 32 }, "it sent more than 32 requests ahead"]],
};

await t.test("each cause has its sentence", (t) => {
  for (const [code, cases] of Object.entries(EXAMPLES)) {
    t.match(code, /^[a-z]+(-[a-z]+)*$/, "a code is in kebab case");
    // The facts of each case are those of its code, as the type of EXAMPLES says.
    for (const [facts, sentence] of cases) t.equal(describeCause({ code, ...facts } as Cause), sentence, code);
  }
  t.end();
});
