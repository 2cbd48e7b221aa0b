/** tshark reads a transfer as it was meant. */

import t from "tap";
import { MemorySource } from "../support/memory-source.js";
import type { WireDatagram } from "../support/pcap.js";
import { SERVER, TftpBench } from "../support/tftp-bench.js";
import { makeAck, makeRequest } from "../support/tftp-packet.js";
import { dissect, needsTshark } from "../support/tshark.js";
import { ip } from "../support/values.js";

await t.test("tshark finds no fault with a transfer, nor with a refusal", needsTshark(), async (t) => {
  const bench = await TftpBench.start(new MemorySource({ "boot.0": Buffer.alloc(1500, "x") }));
  const self = { address: ip("192.168.7.9"), port: 2000 };
  const client = bench.client(self.port);
  const wire: WireDatagram[] = [];
  const say = async (payload: Buffer, to = { ...SERVER, port: client.serverPort }): Promise<void> => {
    wire.push({ from: self, to, payload });
    await client.sendTo(to, payload);
    wire.push(...bench.network.takeSent());
  };
  await say(makeRequest("boot.0", { tsize: 0, blksize: 1000, windowsize: 2, timeout: 3 }));
  await say(makeAck(0));
  await say(makeAck(2));
  await say(makeRequest("nothing"), SERVER);
  const fields = ["option.name", "option.value", "block", "error.code", "error.message"].map((name) => `tftp.${name}`);
  const options = "tsize,blksize,windowsize,timeout";
  t.strictSame(dissect(t, wire, ["tftp.opcode", "udp.length", ...fields]), [
    ["1", "67", options, "0,1000,2,3", "", "", ""],
    ["6", "57", options, "1500,1000,2,3", "", "", ""],
    ["4", "12", "", "", "0", "", ""],
    ["3", "1012", "", "", "1", "", ""],
    ["3", "512", "", "", "2", "", ""],
    ["4", "12", "", "", "2", "", ""],
    ["1", "24", "", "", "", "", ""],
    ["5", "27", "", "", "", "1", "file not found"],
  ]);
});
