import type { RequestListener } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import t, { type Test } from "tap";
import type { AccessPolicy, AccessRequest } from "../../lib/access/access.js";
import { httpAccess, type Authority } from "../../lib/access/http.js";
import { ip, mac, uuid } from "../support/values.js";
import { startWebServer, type WebServer } from "../support/web-server.js";
import { causeOf, told } from "../support/verdict.js";

const MACHINE: AccessRequest = {
  mac: mac("aa:bb:cc:dd:ee:ff"),
  uuid: uuid("12345678-abcd-ef00-1111-abcdefabcdef"),
  stage: "firmware",
  entering: true,
  address: undefined,
};

function policyFor(location: string, changes: Partial<Authority> = {}): AccessPolicy {
  return httpAccess({
    location: new URL(location),
    paths: { firmware: "boot", system: "linux" },
    timeoutSeconds: 5,
    alwaysCheck: false,
    ...changes,
  });
}

/** An authority that answers, and a policy that asks it. */
async function authority(
  t: Test,
  listener: RequestListener,
  changes: Partial<Authority> = {},
): Promise<{ readonly server: WebServer; readonly policy: AccessPolicy }> {
  const server = await startWebServer(t, listener);
  return { server, policy: policyFor(server.origin, changes) };
}

function answering(status: number, body = ""): RequestListener {
  return (_, response) => {
    response.writeHead(status).end(body);
  };
}

await t.test("asks the path of the stage, with what is known of the machine", async (t) => {
  const { server, policy } = await authority(t, answering(200));
  const cases: readonly (readonly [Partial<AccessRequest>, string])[] = [
    [{}, "/boot?mac=AA-BB-CC-DD-EE-FF&uuid=12345678-abcd-ef00-1111-abcdefabcdef"],
    [{ stage: "system" }, "/linux?mac=AA-BB-CC-DD-EE-FF&uuid=12345678-abcd-ef00-1111-abcdefabcdef"],
    [{ uuid: undefined }, "/boot?mac=AA-BB-CC-DD-EE-FF"],
    [
      { address: ip("192.168.1.100") },
      "/boot?mac=AA-BB-CC-DD-EE-FF&uuid=12345678-abcd-ef00-1111-abcdefabcdef&ip=192.168.1.100",
    ],
    [{ uuid: undefined, address: ip("10.0.0.1") }, "/boot?mac=AA-BB-CC-DD-EE-FF&ip=10.0.0.1"],
  ];
  for (const [changes] of cases) t.strictSame(told(await policy.judge({ ...MACHINE, ...changes })).granted, true);
  t.strictSame(
    server.requests.map(({ method, target }) => `${method} ${target}`),
    cases.map(([, target]) => `GET ${target}`),
  );
});

await t.test("a location may have a path, a slash at its end, and a query of its own", async (t) => {
  const server = await startWebServer(t, answering(200));
  const cases = {
    "": "/boot?mac=AA-BB-CC-DD-EE-FF",
    "/": "/boot?mac=AA-BB-CC-DD-EE-FF",
    "/base": "/base/boot?mac=AA-BB-CC-DD-EE-FF",
    "/base/": "/base/boot?mac=AA-BB-CC-DD-EE-FF",
    "/base?token=x": "/base/boot?token=x&mac=AA-BB-CC-DD-EE-FF",
  };
  for (const location of Object.keys(cases)) {
    await policyFor(server.origin + location).judge({ ...MACHINE, uuid: undefined });
  }
  await policyFor(server.origin, { paths: { firmware: "/a b/boot", system: "" } }).judge({
    ...MACHINE,
    uuid: undefined,
  });
  t.strictSame(
    server.requests.map(({ target }) => target),
    [...Object.values(cases), "/a%20b/boot?mac=AA-BB-CC-DD-EE-FF"],
  );
});

await t.test("200 grants; the lines of the answer name the host and its boot file", async (t) => {
  const cases: readonly (readonly [body: string, hostName: string | undefined, file: string | undefined])[] = [
    ["", undefined, undefined],
    ["Client: Tester-001", "Tester-001", undefined],
    ["Client: Tester-001\nFile: images/linux.0\n", "Tester-001", "images/linux.0"],
    ["client:Tester-001\r\nFILE :  images/my file.0  \r\n", "Tester-001", "images/my file.0"],
    ["File: a\nFile: b", undefined, "a"],
    ["File: http://mirror/x:y", undefined, "http://mirror/x:y"],
    ["Client:\nFile:   \n", undefined, undefined],
    [`  Client: x${" ".repeat(60_000)}y  `, `x${" ".repeat(60_000)}y`, undefined],
    ["<p>Welcome</p>\nMy Client: x", undefined, undefined],
  ];
  for (const [body, hostName, file] of cases) {
    const { policy } = await authority(t, answering(200, body));
    t.strictSame(
      told(await policy.judge(MACHINE)),
      { granted: true, hostName, file },
      JSON.stringify(body.slice(0, 80)),
    );
  }
});

await t.test("any other status refuses, and is told of with what was asked", async (t) => {
  for (const status of [204, 302, 401, 404, 500]) {
    const { server, policy } = await authority(t, answering(status, status === 204 ? "" : "Client: Tester-001"));
    const { port } = server;
    t.strictSame(told(await policy.judge({ ...MACHINE, uuid: undefined })), {
      granted: false,
      reason: `127.0.0.1:${port} answered ${status} to /boot?mac=AA-BB-CC-DD-EE-FF`,
    });
  }
});

await t.test("only a machine that enters a stage is asked for, unless each request is", async (t) => {
  const { server, policy } = await authority(t, answering(401));
  t.strictSame(told(await policy.judge({ ...MACHINE, entering: false })), { granted: true });
  t.equal(server.requests.length, 0);
  t.match(told(await policy.judge(MACHINE)), { granted: false });
  t.equal(server.requests.length, 1);
  const always = policyFor(server.origin, { alwaysCheck: true });
  t.match(told(await always.judge({ ...MACHINE, entering: false })), { granted: false });
  t.equal(server.requests.length, 2);
});

await t.test("an authority that takes a request and says nothing refuses when its time is over", async (t) => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  t.teardown(() => silent.close());
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as AddressInfo;
  // Its timer is the system's, and short.
  const policy = policyFor(`http://127.0.0.1:${port}`, { timeoutSeconds: 0.1 });
  silent.on("connection", (socket) => socket.on("error", () => undefined).resume());
  t.strictSame(told(await policy.judge(MACHINE)), {
    granted: false,
    reason: `the authority 127.0.0.1:${port} gave no answer within 0.1 s`,
  });
});

await t.test("an answer that does not end refuses when its time is over", async (t) => {
  const stalled: RequestListener = (_, response) => {
    response.writeHead(200).write("Client: Tes");
  };
  const { policy } = await authority(t, stalled, { timeoutSeconds: 0.1 });
  t.match(told(await policy.judge(MACHINE)), { granted: false, reason: /gave no answer within 0\.1 s$/ });
});

await t.test("any time that an option may have is kept, in whatever fractions", async (t) => {
  for (const timeoutSeconds of [1.13, 2.01, 90 * 86_400]) {
    const { policy } = await authority(t, answering(200), { timeoutSeconds });
    t.match(told(await policy.judge(MACHINE)), { granted: true }, `${timeoutSeconds} s`);
  }
});

await t.test("an authority that is not there, or breaks off, refuses with the reason", async (t) => {
  const { server, policy } = await authority(t, (request) => {
    request.socket.destroy();
  });
  t.match(told(await policy.judge(MACHINE)), { granted: false, reason: /gave no answer \(other side closed\)$/ });
  const gone = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => gone.once("listening", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  t.match(told(await policyFor(`http://127.0.0.1:${port}`).judge(MACHINE)), {
    granted: false,
    reason: `the authority 127.0.0.1:${port} gave no answer (connect ECONNREFUSED 127.0.0.1:${port})`,
  });
  t.equal(server.requests.length, 1);
});

await t.test("of an answer without end the beginning counts, and no more is read", async (t) => {
  let written = 0;
  const { server, policy } = await authority(t, (_, response) => {
    response.writeHead(200);
    response.write("Client: Tester-001\n");
    const more = (): void => {
      const block = Buffer.alloc(64 * 1024, "x".repeat(1023) + "\n");
      while (!response.destroyed) {
        written += block.length;
        if (!response.write(block)) return;
      }
    };
    response.on("drain", more);
    more();
  });
  const closed = server.connectionClosed();
  t.strictSame(told(await policy.judge(MACHINE)), { granted: true, hostName: "Tester-001", file: undefined });
  await closed;
  t.ok(written > 64 * 1024, "the authority was not done");
});

await t.test("why it refuses is a code, with the URL to try", async (t) => {
  const { server, policy } = await authority(t, answering(404));
  const url = `${server.origin}/boot?mac=AA-BB-CC-DD-EE-FF`;
  const machine = { ...MACHINE, uuid: undefined };
  t.strictSame(causeOf(await policy.judge(machine)), { code: "authority-refused", url, status: 404 });
  const stalled = await authority(t, () => undefined, { timeoutSeconds: 0.1 });
  t.match(causeOf(await stalled.policy.judge(machine)), { code: "authority-silent", seconds: 0.1, error: undefined });
});
