import type { Clock } from "../common/clock.js";

/**
 * How long all sockets of a network together may take datagrams in one turn of the event loop, in milliseconds. What is
 * finished meanwhile, such as leases that are on disk, waits as long for its answer to leave; answers that wait longer
 * leave in bursts that overflow the buffers of relay agents.
 */
const TURN_MILLISECONDS = 4;

/** The time that turns go by. */
export type TurnClock = Pick<Clock, "now" | "afterInput">;

/** The turns of the event loop as the sockets of a network share them. */
export class Turns {
  readonly #clock: TurnClock;
  readonly #finish = (): void => {
    this.#number += 1;
    this.#end = undefined;
    this.#sharing = Math.max(1, this.#postponed);
    this.#postponed = 0;
  };
  #number = 0;
  /** When this turn's time is over; undefined before the first datagram of the turn. */
  #end: number | undefined;
  /** How many sockets have to share: those that had more to take in the last turn than they had time for. */
  #sharing = 1;
  #postponed = 0;

  constructor(clock: TurnClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Counts the turns. */
  get number(): number {
    return this.#number;
  }

  /**
   * @param postponed whether the socket had less time than it needed in the last turn, and is counted among those that
   * share this one
   * @returns until when a socket may take datagrams that begins now, on the clock of {@link now}
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

  /** Runs an action of a socket whose time is over when what is due in this turn has been done; once a turn for each. */
  postpone(action: () => void): void {
    this.#postponed += 1;
    this.#clock.afterInput(action);
  }
}

/** One socket's part of each turn. */
export class Share {
  readonly #turns: Turns;
  #turn = -1;
  #until = 0;
  /** The turn in which its time was over before there was nothing more to take. */
  #shortIn = -1;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** The socket's time in this turn begins, where it has not begun. */
  begin(): void {
    const { number } = this.#turns;
    if (this.#turn === number) return;
    this.#turn = number;
    this.#until = this.#turns.begin(this.#shortIn === number - 1);
  }

  /** Whether the socket may take more in this turn; its time has begun then. */
  get left(): boolean {
    this.begin();
    return this.#turns.now() < this.#until;
  }

  /** Runs `action` when what is due in this turn has been done: once, however often it is asked in the turn. */
  postpone(action: () => void): void {
    if (this.#shortIn === this.#turns.number) return;
    this.#shortIn = this.#turns.number;
    this.#turns.postpone(action);
  }
}
