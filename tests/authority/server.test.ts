import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { AccessPolicy, AccessRequest } from "../../lib/access/access.js";
import { httpAccess } from "../../lib/access/http.js";
import { packageFolder } from "../../lib/common/package.js";
import { mac, uuid } from "../support/values.js";
import { told } from "../support/verdict.js";

const PROGRAM = fileURLToPath(new URL("server.js", import.meta.url));
const SAMPLE = readFileSync(join(packageFolder, "tests", "authority", "config.ini"), "utf8");

/** Runs the authority on a free port. */
async function startAuthority(t: Test): Promise<{ readonly location: URL; readonly lines: AsyncIterator<string> }> {
  const config = join(t.testdir({ "config.ini": SAMPLE.replace("port = 13400", "port = 0") }), "config.ini");
  const child = spawn(process.execPath, [PROGRAM, "-c", config], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  t.teardown(async () => {
    child.kill();
    await exited;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = String((await lines.next()).value);
  const location = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(first)?.[1];
  if (location === undefined) throw new Error(`the authority says ${first}`);
  return { location: new URL(location), lines };
}

function policyFor(location: URL): AccessPolicy {
  return httpAccess({
    location,
    paths: { firmware: "boot", system: "linux" },
    timeoutSeconds: 5,
    alwaysCheck: false,
  });
}

const MACHINE: AccessRequest = {
  mac: mac("52-54-00-00-00-01"),
  uuid: uuid("12345678-abcd-ef00-1111-abcdefabcdef"),
  stage: "firmware",
  entering: true,
  address: undefined,
};

await t.test("lets in whom its configuration enables, by stage", async (t) => {
  const { location, lines } = await startAuthority(t);
  const policy = policyFor(location);
  const cases: readonly (readonly [Partial<AccessRequest>, object])[] = [
    [{}, { granted: true, hostName: "Tester-001", file: undefined }],
    [{ stage: "system" }, { granted: true, hostName: "Tester-001", file: "linux.cfg" }],
    [{ uuid: uuid("44454c4c-3200-1051-8052-b9c04f4b4e31") }, { granted: true, hostName: "Tester-002" }],
    [{ uuid: uuid("4c4c4544-0032-5110-8052-b9c04f4b4e31") }, { granted: true, hostName: "Tester-002" }],
    [{ uuid: uuid("22222222-2222-2222-2222-222222222222") }, { granted: false, reason: / answered 401 to \/boot\?/ }],
    [{ uuid: uuid("33333333-2222-2222-2222-222222222222") }, { granted: false, reason: / answered 401 / }],
    [{ uuid: undefined }, { granted: false, reason: / answered 401 / }],
  ];
  for (const [changes, verdict] of cases) t.match(told(await policy.judge({ ...MACHINE, ...changes })), verdict);
  t.equal(
    (await lines.next()).value,
    "/boot?mac=52-54-00-00-00-01&uuid=12345678-abcd-ef00-1111-abcdefabcdef: 200 Client: Tester-001",
    "it says what it was asked and what it answered",
  );
});

await t.test("knows two paths", async (t) => {
  const { location } = await startAuthority(t);
  t.match(told(await policyFor(new URL("/elsewhere", location)).judge(MACHINE)), {
    granted: false,
    reason: / answered 404 to \/elsewhere\/boot\?/,
  });
});

await t.test("tells all that is wrong with its configuration", async (t) => {
  const text = "[httpd]\nport = x\n[uuid]\n1234 = enable\nnothing\n";
  const config = join(t.testdir({ "config.ini": text }), "config.ini");
  const child = spawn(process.execPath, [PROGRAM, "-c", config]);
  const errors: unknown[] = [];
  child.stderr.on("data", (data) => errors.push(data));
  const [code] = (await once(child, "close")) as [number];
  t.equal(code, 1);
  t.strictSame(errors.join("").replaceAll(config, "FILE").trim().split("\n"), [
    'FILE:2 [httpd] port: expected a whole number from 0 to 65535, got "x"',
    'FILE:4 [uuid] 1234: expected a UUID such as 12345678-abcd-ef00-1111-abcdefabcdef, optionally with /bits, got "1234"',
    'FILE:5 [uuid]: expected `option = value`, got "nothing"',
    'FILE [httpd] file: expected a text, got ""',
  ]);
});
