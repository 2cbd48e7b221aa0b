import t from "tap";
import { crc32 } from "node:zlib";
import { crc32From } from "../../../lib/leases/store/crc32.js";

t.equal(crc32From(Buffer.from("123456789"), 0), 0xcbf43926, "the check value of the catalogue");
const octets = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 31) & 255));
for (const start of [0, 4, 299, 300]) t.equal(crc32From(octets, start), crc32(octets.subarray(start)), `from ${start}`);
