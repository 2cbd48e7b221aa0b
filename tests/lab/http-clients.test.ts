/** curl against [httpd]: whole files, parts of them, heads only, and nobody without a lease where check_ip is on. */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { ClientLab, SERVER } from "./support/client-lab.js";
import { DhcpScript } from "./support/dhcp-script.js";
import { skipReason } from "./support/lab.js";

const skip = skipReason({ root: true, tools: ["ip", "udhcpc", "curl"] }) ?? false;

await t.test("curl", { skip }, async (t) => {
  const content = randomBytes(5_000_000);
  const net = await ClientLab.open({ "image.bin": content });
  t.teardown(() => net.lab.close());
  const url = `http://${SERVER}/image.bin`;
  const body = join(net.lab.directory, "body");
  const status = ["-sS", "--max-time", "20", "-o", body, "-w", "%{http_code}"];

  const stranger = await net.client("stranger", "10.77.0.7/24");
  t.equal(await net.daemon.explaining(stranger.must("curl", [...status, url])), "401", "no lease, no file");

  const host = await net.client("machine");
  const script = await DhcpScript.write(net.lab, host);
  const args = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", script.path];
  await net.daemon.explaining(host.must("udhcpc", args));

  t.equal(await net.daemon.explaining(host.must("curl", [...status, url])), "200");
  t.ok((await readFile(body)).equals(content), "the file, each octet as it was served");

  const head = await host.must("curl", ["-sS", "--max-time", "20", "--head", url]);
  t.match(head, /^HTTP\/1\.1 200 /);
  t.match(head, /^content-length: 5000000\r$/im);
  t.match(head, /^accept-ranges: bytes\r$/im);

  for (const [range, start, end] of [
    ["1000-1999", 1000, 2000],
    ["4999000-", 4_999_000, 5_000_000],
    ["-500", 4_999_500, 5_000_000],
  ] as const) {
    t.equal(await host.must("curl", [...status, "--range", range, url]), "206", `range ${range}`);
    t.ok((await readFile(body)).equals(content.subarray(start, end)), `octets ${start} to ${end - 1}`);
  }
  t.equal(await host.must("curl", [...status, "--range", "5000000-", url]), "416", "a range beyond the end");
  t.equal(await host.must("curl", [...status, `http://${SERVER}/absent.bin`]), "404", "no such file");
  t.equal(
    await host.must("curl", [...status, "--path-as-is", `http://${SERVER}/../pybootd.ini`]).then((code) => code[0]),
    "4",
    "nothing outside the folder",
  );
});
