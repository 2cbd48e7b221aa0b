/** The commands where `[hosts] file` is at a URL. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { command } from "../support/command.js";
import { FaultServer } from "../inventory/fault-server.js";

/** Writes a configuration with a file of machines. @returns its path */
function configuration(t: Test, file: string): string {
  const path = join(t.testdir(), "pybootd.ini");
  writeFileSync(path, `[bootpd]\nmode = auto-proxy\n[daemon]\nstate_dir = ./state\n[hosts]\nfile = ${file}\n`);
  return path;
}

await t.test("hosts lists what the server has, and says where it cannot be read", async (t) => {
  const server = await FaultServer.open(t);
  server.document = "52:54:00:00:00:01: {hostname: one}\n";
  const origin = `http://127.0.0.1:${server.port}/hosts.yaml`;
  const file = configuration(t, `${origin}?token=s3cret`);
  const listed = await command("hosts", "list", "--json", "-c", file);
  t.match(listed, { code: 0, err: "" });
  t.match(JSON.parse(listed.out), [{ host_name: "one", known_from: [`${origin}:1`] }]);
  t.match(await command("--check", "-c", file), { code: 0, out: `DHCP: knows the machines of ${origin}\n` });

  await server.stop();
  const away = await command("hosts", "list", "--json", "-c", file);
  t.match(away, { code: 0, err: `pybootd: note: ${origin}: connect ECONNREFUSED` });
  t.strictSame(JSON.parse(away.out), []);
  const checked = await command("--check", "-c", file);
  t.equal(checked.code, 0, "a server that is away is no mistake");
  t.match(checked.out, `warning: [hosts] ${origin}: connect ECONNREFUSED`);
  t.notMatch(JSON.stringify([listed, away, checked]), "s3cret");
});

await t.test("a URL that is none is a mistake", async (t) => {
  const file = configuration(t, "http://");
  t.match(await command("--check", "-c", file), {
    code: 1,
    err: /:6 \[hosts\] file: expected a path, or a URL that begins with http:\/\/ or https:\/\/, got "http:\/\/"/,
  });
});
