import { tableSection, type SectionValues } from "../config/spec.js";
import { optionManual } from "./manual.js";
import { anyOptionValue, optionKey, optionSetting } from "./setting.js";

/** The section `[option]`: the DHCP options that have no setting of their own in another section. */
export const option = tableSection(
  "Any other DHCP option, for clients that ask for it; it also takes the place of what the other sections make. What is set for a vendor class goes to clients whose own class (option 60) begins with it, 43 and 60 unasked. To PXE firmware 43, 60 and the PXELINUX options 209 to 211 go unasked in any case, and to HTTP firmware 43 and 60 for all do not go at all. `none` keeps an option from being sent.",
  optionKey,
  anyOptionValue,
  "ntp-servers = 10.0.0.1; 10.0.0.2",
  { valueFor: optionSetting, details: optionManual },
);

/** The lines of `[option]`. */
export type OptionEntries = SectionValues<typeof option>;
