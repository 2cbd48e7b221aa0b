/** The stage of a machine: `firmware` looks for something to boot, `system` is the operating system that it booted. */
export type Stage = "firmware" | "system";
