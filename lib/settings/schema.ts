import { api } from "../api-dhcpd/section.js";
import { bootfile, menu, profile } from "../boot/sections.js";
import { ipxe } from "../boot/ipxe/section.js";
import { http, mac, uuid } from "../access/sections.js";
import type { Reading } from "../config/read.js";
import type { ValuesOf } from "../config/spec.js";
import { bootpd } from "../dhcp/bootpd-section.js";
import { buggy_clients, subnet } from "../dhcp/network-sections.js";
import { cache, filters } from "../files/sections.js";
import { httpd } from "../http/section.js";
import { hosts, static_dhcp } from "../inventory/sections.js";
import { logger } from "../observe/section.js";
import { option } from "../options/section.js";
import { daemon } from "../service/section.js";
import { tftpd } from "../tftp/section.js";

/**
 * All sections, in the order of the manual. Each section is defined with its feature. Validation, defaults, the typed
 * {@link Settings}, `--check` and docs/configuration.md come from this table.
 */
export const schema = {
  logger,
  bootpd,
  subnet,
  daemon,
  bootfile,
  menu,
  profile,
  buggy_clients,
  mac,
  uuid,
  static_dhcp,
  option,
  hosts,
  http,
  tftpd,
  httpd,
  api,
  ipxe,
  cache,
  filters,
};

/** The checked, typed values of a configuration file. */
export type Settings = ValuesOf<typeof schema>;

/** The reading of a configuration file: all its sections. */
export type SettingsReading = Reading<typeof schema>;
