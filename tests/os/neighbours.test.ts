import t from "tap";
import { neighbourAt } from "../../lib/os/neighbours.js";
import { ip } from "../support/values.js";

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.0.0.5         0x1         0x2         52:54:00:61:a1:70     *        eth0
10.0.0.6         0x1         0x0         00:00:00:00:00:00     *        eth0
`;

await t.test("who has an address is whom the kernel knows there", (t) => {
  t.equal(neighbourAt(ip("10.0.0.5"), TABLE), "52:54:00:61:a1:70");
  t.equal(neighbourAt(ip("10.0.0.6"), TABLE), undefined, "it did not answer");
  t.equal(neighbourAt(ip("10.0.0.7"), TABLE), undefined);
  t.equal(neighbourAt(ip("0.0.0.0"), ""), undefined);
  t.equal(neighbourAt(ip("255.255.255.255")), undefined, "the table of this host");
  t.end();
});
