import type { Clock } from "../common/clock.js";

/**
 * How long all sockets of a network together may take datagrams in one turn of the event loop, in milliseconds. Answers
 * to finished work, such as leases that are on disk, wait as long to be sent; with a longer wait they leave in bursts
 * that overflow the buffers of relay agents. With a shorter one a flood keeps the machines in its midst waiting for
 * seconds (4 ms: 13 of 100 services, 8 ms or more: none).
 */
const TURN_MILLISECONDS = 10;

/** The clock of the turns. */
export type TurnClock = Pick<Clock, "now" | "afterInput">;

/** The turns of the event loop, as the sockets of a network share them. */
export class Turns {
  readonly #clock: TurnClock;
  readonly #finish = (): void => {
    this.#number += 1;
    this.#end = undefined;
    this.#sharing = Math.max(1, this.#postponed);
    this.#postponed = 0;
  };
  #number = 0;
  /** When the time of this turn ends; undefined before the first datagram of the turn. */
  #end: number | undefined;
  /** The number of sockets that share this turn: those that ran out of time in the last one, at least 1. */
  #sharing = 1;
  #postponed = 0;

  constructor(clock: TurnClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** The number of turns so far. */
  get number(): number {
    return this.#number;
  }

  /**
   * Starts the time of a socket in this turn.
   *
   * @param postponed whether the socket ran out of time in the last turn, and is counted among those that share this
   *   one
   * @returns until when the socket may take datagrams, on the clock of {@link now}
   */
  begin(postponed: boolean): number {
    const now = this.#clock.now();
    if (this.#end === undefined) {
      this.#end = now + TURN_MILLISECONDS;
      this.#clock.afterInput(this.#finish);
    }
    const share = now + TURN_MILLISECONDS / this.#sharing;
    return postponed ? share : Math.min(this.#end, share);
  }

  /**
   * Runs an action of a socket that ran out of time, after the pending work of this turn; once a turn for each socket.
   */
  postpone(action: () => void): void {
    this.#postponed += 1;
    this.#clock.afterInput(action);
  }
}

/** One socket's share of each turn. */
export class Share {
  readonly #turns: Turns;
  #turn = -1;
  #until = 0;
  /** The turn in which the socket last ran out of time with datagrams left; undefined where it never did. */
  #shortIn: number | undefined;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Starts the socket's time in this turn, where it has not started. */
  begin(): void {
    const { number } = this.#turns;
    if (this.#turn === number) return;
    this.#turn = number;
    this.#until = this.#turns.begin(this.#shortIn === number - 1);
  }

  /** Whether the socket may take more in this turn; starts its time. */
  get left(): boolean {
    this.begin();
    return this.#turns.now() < this.#until;
  }

  /** Runs `action` after the pending work of this turn; further calls in the same turn do nothing. */
  postpone(action: () => void): void {
    if (this.#shortIn === this.#turns.number) return;
    this.#shortIn = this.#turns.number;
    this.#turns.postpone(action);
  }
}
