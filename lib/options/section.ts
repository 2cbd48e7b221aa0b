import { tableSection, type SectionValues } from "../config/spec.js";
import { optionManual } from "./manual.js";
import { anyOptionValue, optionKey, optionSetting } from "./setting.js";

/** The section `[option]`: the DHCP options that have no setting of their own in another section. */
export const option = tableSection(
  "Any other DHCP option. Clients that ask for an option get it; it replaces the value that the other sections produce. Clients whose vendor class (option 60) begins with the class of a line get the options of that line, and 43 and 60 also without asking. PXE firmware gets 43, 60 and the PXELINUX options 209 to 211 of this section even if it does not ask. HTTP firmware never gets 43 and 60 that are set for all clients. An option with the value `none` is not sent.",
  optionKey,
  anyOptionValue,
  "ntp-servers = 10.0.0.1; 10.0.0.2",
  { valueFor: optionSetting, details: optionManual },
);

/** The lines of `[option]`. */
export type OptionEntries = SectionValues<typeof option>;
