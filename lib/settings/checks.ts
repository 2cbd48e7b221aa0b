import { checkIpxe } from "../boot/ipxe/checks.js";
import { checkMenu } from "../boot/menu.js";
import type { Problem } from "../config/problem.js";
import { checkDhcp, type DhcpCircumstances } from "../dhcp/checks.js";
import { checkFilters } from "../files/checks.js";
import { checkLogger } from "../observe/checks.js";
import { checkStandby } from "../standby/checks.js";
import { checkAddress } from "../service/check-address.js";
import type { SettingsReading } from "./schema.js";

/** Checks that the sections of each feature fit each other and this host, which no single option can tell. */
export function crossCheck(reading: SettingsReading, circumstances: DhcpCircumstances): readonly Problem[] {
  const { interfaces } = circumstances;
  const { settings } = reading;
  return [
    ...checkLogger(reading),
    ...checkDhcp(reading, circumstances),
    ...checkStandby(reading, interfaces),
    ...checkMenu(settings),
    ...checkAddress(reading, "tftpd", interfaces),
    ...checkAddress(reading, "httpd", interfaces),
    ...(settings.api.enable ? checkAddress(reading, "api", interfaces) : []),
    ...checkIpxe(reading),
    ...checkFilters(settings),
  ];
}
