/** What a machine is doing: `firmware` looks for something to boot, `system` is what it booted. */
export type Stage = "firmware" | "system";
