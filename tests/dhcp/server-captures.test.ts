/** Real clients (tests/fixtures/dhcp) are answered; tshark reads what the answers say. */

import t from "tap";
import { DhcpBench, type Answered } from "../support/dhcp-bench.js";
import { fixturePath, readPcap } from "../support/pcap.js";
import { dissect, needsTshark } from "../support/tshark.js";

/** The clients, and the addresses they had from the server they were captured with; they go on as if with that. */
const RESERVATIONS = {
  "52:54:00:77:00:01": "10.77.0.100",
  "52:54:00:77:00:02": "10.77.0.101",
  "52:54:00:77:00:03": "10.77.0.102",
  "52:54:00:77:00:04": "10.77.0.103",
  "52:54:00:77:00:10": "10.77.0.105",
} as const;

/** What is answered to each request of a capture: one reply or none. */
async function answersTo(name: string): Promise<readonly (Answered | undefined)[]> {
  const bench = await DhcpBench.start({
    allowSimple: true,
    prefix: "10.77.0",
    reservations: RESERVATIONS,
    bootFiles: [
      ["default", "pxelinux.0"],
      [7, "boot.efi"],
      [16, "http://10.77.0.1/boot.efi"],
    ],
    sizeOf: () => 1000,
  });
  return readPcap(fixturePath(`dhcp/${name}.pcap`)).map(({ from, to, payload }) => {
    const [answer, ...more] = bench.askRaw(payload, { from, to });
    if (more.length > 0) throw new Error(`${more.length + 1} answers to one request`);
    return answer;
  });
}

/** In tshark's names, what every answer says. */
const COMMON = {
  "udp.srcport": "67",
  "udp.dstport": "68",
  "dhcp.type": "2",
  "dhcp.ip.server": "10.77.0.1",
  "dhcp.server": "boot.example.org",
  "dhcp.option.dhcp_server_id": "10.77.0.1",
  "dhcp.option.subnet_mask": "255.255.255.0",
  "dhcp.option.router": "10.77.0.1",
} as const;

/** What it says differently to each client; "" for what it does not say. */
const PARTICULAR = {
  "dhcp.option.dhcp": "",
  "ip.dst": "255.255.255.255",
  "dhcp.ip.your": "",
  "dhcp.option.ip_address_lease_time": "3600",
  "dhcp.file": "pxelinux.0",
  // In their order; the 0 is tshark's for a pad, and for the end.
  "dhcp.option.type": "",
  "dhcp.option.vendor_class_id": "",
  "dhcp.option.vendor.pxeclient.discovery_control": "",
  "dhcp.option.bootfile_name": "",
  "dhcp.option.boot_file_size": "",
  "dhcp.client_id.uuid": "",
};

type Particular = Partial<typeof PARTICULAR>;

const OFFER = { "dhcp.option.dhcp": "2" };
const ACK = { "dhcp.option.dhcp": "5" };
const UUID = "77000000-0000-4000-8000-525400770010";

/** Each client, what it is told in general, and in each answer; undefined for a request that gets none. */
const CLIENTS: Readonly<Record<string, readonly [Particular, readonly (Particular | undefined)[]]>> = {
  dhclient: [
    { "dhcp.ip.your": "10.77.0.100", "dhcp.option.type": "53,54,51,1,28,3,15,6,0" },
    [OFFER, ACK, ACK, ACK, undefined],
  ],
  udhcpc: [
    { "dhcp.ip.your": "10.77.0.101", "dhcp.option.type": "53,54,51,1,3,6,15,28,61,0" },
    [OFFER, ACK, { ...ACK, "ip.dst": "10.77.0.101" }, undefined],
  ],
  dhcpcd: [
    { "dhcp.ip.your": "10.77.0.102", "dhcp.option.type": "53,54,51,1,3,28,58,59,0" },
    [
      OFFER,
      ACK,
      undefined,
      {
        ...ACK,
        "ip.dst": "10.77.0.7",
        "dhcp.ip.your": "0.0.0.0",
        "dhcp.option.ip_address_lease_time": "",
        "dhcp.option.type": "53,54,1,3,28,0",
        "dhcp.file": "",
      },
    ],
  ],
  "systemd-networkd": [
    { "dhcp.ip.your": "10.77.0.103", "dhcp.option.type": "53,54,51,1,3,6,15,61,0" },
    [OFFER, ACK, { ...ACK, "ip.dst": "10.77.0.103" }, undefined],
  ],
  "ipxe-bios": [
    {
      "dhcp.ip.your": "10.77.0.105",
      "dhcp.option.type": "53,54,51,1,3,6,15,43,60,66,67,0,175,97,61,0",
      "dhcp.option.vendor_class_id": "PXEClient",
      "dhcp.option.vendor.pxeclient.discovery_control": "0x08",
      "dhcp.option.bootfile_name": "pxelinux.0",
      "dhcp.client_id.uuid": UUID,
    },
    [OFFER, OFFER, ACK],
  ],
  "ovmf-pxe": [
    {
      "dhcp.ip.your": "10.77.0.105",
      "dhcp.file": "boot.efi",
      "dhcp.option.type": "53,54,51,1,3,6,13,15,28,43,58,59,60,66,67,0,97,0",
      "dhcp.option.vendor_class_id": "PXEClient",
      "dhcp.option.vendor.pxeclient.discovery_control": "0x08",
      "dhcp.option.bootfile_name": "boot.efi",
      "dhcp.option.boot_file_size": "2",
      "dhcp.client_id.uuid": UUID,
    },
    [OFFER, ACK],
  ],
  "ovmf-http": [
    {
      "dhcp.ip.your": "10.77.0.105",
      "dhcp.file": "http://10.77.0.1/boot.efi",
      "dhcp.option.type": "53,54,51,1,3,6,13,15,28,58,59,60,67,0,0",
      "dhcp.option.vendor_class_id": "HTTPClient",
      "dhcp.option.bootfile_name": "http://10.77.0.1/boot.efi",
      "dhcp.option.boot_file_size": "2",
    },
    [OFFER, ACK],
  ],
};

for (const [name, [general, expected]] of Object.entries(CLIENTS)) {
  await t.test(
    `D16 the requests of ${name} are answered, and tshark reads what was meant`,
    needsTshark(),
    async (t) => {
      const answers = await answersTo(name);
      t.strictSame(
        answers.map((answer) => answer !== undefined),
        expected.map((answer) => answer !== undefined),
        "which of them are answered",
      );
      const rows = expected
        .filter((each) => each !== undefined)
        .map((each) => ({ ...COMMON, ...PARTICULAR, ...general, ...each }));
      const fields = Object.keys({ ...COMMON, ...PARTICULAR });
      const sent = answers.flatMap((answer) => (answer === undefined ? [] : [answer.wire]));
      const read = dissect(t, sent, fields).map((values) =>
        Object.fromEntries(fields.map((field, index) => [field, values[index]])),
      );
      t.strictSame(read, rows);
    },
  );
}

await t.test("tshark finds no fault with a refusal, nor with a BOOTP reply", needsTshark(), async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const nak = bench.request("10.9.9.9", [[82, "0104deadbeef0206525400aabb01"]], { giaddr: "192.168.7.250" });
  const [bootp] = bench.ask({});
  const sent = [nak, bootp].flatMap((answer) => (answer === undefined ? [] : [answer.wire]));
  const fields = ["ip.dst", "udp.dstport", "dhcp.option.dhcp", "dhcp.option.message", "dhcp.flags", "dhcp.ip.your"];
  const agent = "dhcp.option.agent_information_option.agent_circuit_id";
  t.strictSame(dissect(t, sent, [...fields, agent]), [
    ["192.168.7.250", "67", "6", "it is not in 192.168.7.0/24", "0x8000", "0.0.0.0", "deadbeef"],
    ["255.255.255.255", "68", "", "", "0x0000", "192.168.7.100", ""],
  ]);
});
