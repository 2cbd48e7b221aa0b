import { run } from "../../lib/cli/cli.js";

/** The result of a command. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command without a process of its own; nothing that serves is started here. */
export async function command(...args: readonly string[]): Promise<Outcome> {
  const texts = { out: "", err: "" };
  const terminal = {
    out: (text: string) => void (texts.out += text),
    err: (text: string) => void (texts.err += text),
  };
  const code = await run(args, terminal, { stopped: new Promise(() => undefined), onReload: () => undefined });
  return { code, ...texts };
}
