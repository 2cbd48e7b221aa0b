/** What a client may hold of the server. */

import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import t from "tap";
import { limitConnections } from "../../lib/http/connections.js";
import { getRaw } from "../support/http-raw.js";

await t.test("one address has so many connections, and another one as many of its own", async (t) => {
  const server = createServer((_, response) => response.end("fine"));
  limitConnections(server, { inAll: 100, perClient: 2 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    await once(socket, "connect");
    return socket.resume();
  };
  const first = await open("127.0.0.1");
  await open("127.0.0.1");
  const third = await open("127.0.0.1");
  await once(third, "close");
  const [other] = (await once(get({ port, host: "127.0.0.1", localAddress: "127.0.0.5" }), "response")) as [
    IncomingMessage,
  ];
  t.equal(other.resume().statusCode, 200);
  first.destroy();
  await once(first, "close");
  let answer = await getRaw(port, "/").catch(() => undefined);
  // The server hears of the end a moment later.
  while (answer?.status !== 200) answer = await getRaw(port, "/").catch(() => undefined);
  t.equal(answer.body, "fine", "the place of one that closed is free again");
});
