import { describeOrigin, placesOf, type EntryPlace, type Origin } from "../config/origin.js";
import { describeCause } from "../events/causes/describe.js";
import { formatIpv4 } from "../net/ipv4.js";
import { verdictOf } from "./boot-verdict.js";
import type {
  Boot,
  Exchange,
  Fetched,
  Next,
  ReplyValue,
  ScriptCommand,
  SimulatedStage,
  Simulation,
} from "./simulation.js";

/** An object of the JSON output. */
type Json = Readonly<Record<string, unknown>>;

/** Returns a simulation as a plain object for `--json`: addresses as texts, null for what is absent. */
export function simulationToJson(simulation: Simulation): Readonly<Record<string, unknown>> {
  const { machine, file, leases, stages } = simulation;
  const { mac, uuid, stage, firmware, architecture, via } = machine;
  const { boots, reason } = verdictOf(simulation);
  return {
    machine: { mac, uuid, stage, firmware, architecture, via: via === undefined ? null : formatIpv4(via) },
    config: file,
    leases,
    boots,
    reason: reason ?? null,
    stages: stages.map(stageToJson),
  };
}

function stageToJson({ stage, afterFirmware, offer, acceptance, bootServer, boot }: SimulatedStage): Json {
  return {
    stage,
    after_firmware: afterFirmware,
    offer: exchangeToJson(offer),
    acceptance: acceptance === undefined ? null : { ...acceptance },
    boot_server:
      bootServer === undefined ? null : { port: bootServer.port, exchange: exchangeToJson(bootServer.exchange) },
    boot: boot === undefined ? null : bootToJson(boot),
  };
}

function exchangeToJson({ asks, vendorClass, known, profiles, access, answer, said }: Exchange): Json {
  return {
    asks,
    vendor_class: vendorClass,
    known: known === undefined ? null : placesToJson(known),
    profiles: profiles.map(({ name, reason }) => ({ name, reason: reason ?? null })),
    access: { verdict: access.verdict, reason: access.reason ?? null, origin: originToJson(access.origin) },
    answer:
      answer === undefined
        ? null
        : {
            type: answer.type,
            address: formatIpv4(answer.to.address),
            port: answer.to.port,
            frame: answer.frame ?? null,
            values: answer.values.map(valueToJson),
          },
    said,
  };
}

function valueToJson({ code, name, text, origin }: ReplyValue): Json {
  return { code: code ?? null, name, value: text, origin: origin === undefined ? null : originToJson(origin) };
}

function originToJson(origin: Origin): Json {
  const { section = null, option = null } = origin as { readonly section?: string; readonly option?: string };
  return { kind: origin.kind, text: describeOrigin(origin), section, option, places: placesToJson(placesOf(origin)) };
}

function placesToJson(places: readonly EntryPlace[]): readonly Json[] {
  return places.map(({ source, line }) => ({ source, line: line ?? null }));
}

function bootToJson(boot: Boot): Json {
  switch (boot.kind) {
    case "nothing":
      return { kind: boot.kind, reason: boot.reason ?? null };
    case "menu":
      return {
        kind: boot.kind,
        items: boot.items.map(({ label, file }) => ({ label, file: file === undefined ? null : fileToJson(file) })),
      };
    case "file":
      return {
        kind: boot.kind,
        file: fileToJson(boot.file),
        next: boot.next === undefined ? null : nextToJson(boot.next),
      };
  }
}

function fileToJson({ target, by, outcome, filter }: Fetched): Json {
  return { target, by, filter: filter === undefined ? null : originToJson(filter), ...outcomeToJson(outcome) };
}

function outcomeToJson(outcome: Fetched["outcome"]): Json {
  const { kind } = outcome;
  switch (kind) {
    case "served":
      return { outcome: kind, name: outcome.name, path: outcome.path ?? null, size: outcome.size ?? null };
    case "refused":
      return { outcome: kind, name: outcome.name, cause: outcome.cause.code, reason: describeCause(outcome.cause) };
    case "not-asked":
      return { outcome: kind, name: outcome.name, url: outcome.url };
    case "elsewhere":
      return { outcome: kind, server: outcome.server === undefined ? null : formatIpv4(outcome.server) };
    case "tftp-off":
      return { outcome: kind };
  }
}

function nextToJson(next: Next): Json {
  switch (next.program) {
    case "other":
      return { program: next.program };
    case "shim":
      return { program: next.program, grub: fileToJson(next.grub) };
    case "pxelinux": {
      const { program, asked, configuration } = next;
      return { program, asked, configuration: configuration === undefined ? null : fileToJson(configuration) };
    }
    case "script":
      return { program: next.program, text: next.text, commands: next.commands.map(commandToJson) };
  }
}

function commandToJson(command: ScriptCommand): Json {
  if (command.kind === "report") return { command: "report" };
  return { command: command.command, file: fileToJson(command.file) };
}
