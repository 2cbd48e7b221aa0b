import type { AccessSections } from "../access/sections.js";
import type { BootSections } from "../boot/sections.js";
import type { SectionValues } from "../config/spec.js";
import type { InventorySections } from "../inventory/sections.js";
import type { OptionEntries } from "../options/section.js";
import type { BootpdSettings } from "./bootpd-section.js";
import type { buggy_clients, SubnetSection } from "./network-sections.js";

/** The sections about networks and their addresses. */
export interface NetworkSections {
  readonly bootpd: BootpdSettings;
  readonly subnet: readonly SubnetSection[];
  readonly option: OptionEntries;
}

/** All sections that the DHCP side uses. */
export interface DhcpSections extends NetworkSections, AccessSections, InventorySections, BootSections {
  readonly bootpd: BootpdSettings;
  readonly buggy_clients: SectionValues<typeof buggy_clients>;
}
