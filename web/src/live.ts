/**
 * The live channel: one WebSocket, kept up as well as the network allows.
 *
 * Invariants: at most one socket; `pong` is sent from the message handler, so that a page that is
 * frozen does not answer; after `stop` nothing happens any more. Knows nothing of the page: what
 * messages mean is for `around`, and so is the server's other door, by which it is asked whether
 * it is there at all.
 */
import { decode, pong, type ClientMessage, type ServerMessage } from "./live/messages";
import {
  BLOCKED_AFTER,
  blockedDelay,
  reconnectDelay,
  shutdownDelay,
  SILENCE,
  SILENCE_OFFLINE,
} from "./live/patience";

/** What is used of a WebSocket. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

/** What asking over plain HTTP finds. */
export type Answer =
  /** It answers, and this session may be here. */
  | "there"
  /** No answer: the server or the network is down. */
  | "silent"
  /** This session may not be here (any more); the page says so. */
  | "over";

export interface Surroundings {
  /** May throw, where sockets are forbidden. */
  connect(): Socket;
  ask(): Promise<Answer>;
  /** A connection stands: the place to say where one is. */
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  /** The connection is lost; there will be another. */
  onLost(): void;
  /** Sockets do not get through here, though the server is there; or they do after all. */
  onBlocked(blocked: boolean): void;
  /** The server says it is over, in a sentence for a person. */
  onEnded(code: string, sentence: string): void;
  random?(): number;
}

/** Close codes that say something even if the message before them was lost. */
const ASK_FIRST = new Set([4401, 4404]);
const SHUTTING_DOWN = 1012;

export class Live {
  private socket: Socket | null = null;
  private open = false;
  private welcomed = false;
  private running = false;
  /** Attempts in a row that came to nothing. */
  private failures = 0;
  /** Of these, those at which the server was there. */
  private refused = 0;
  private blocked = false;
  private triesWhileBlocked = 0;
  /** Whether the server is known to be there: it has just answered otherwise. */
  private reachable = true;
  /** Counts the questions, so that an answer to an earlier one is known as such. */
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private heardAt = 0;
  private doubtedAt = -1;
  private readonly random: () => number;

  constructor(private readonly around: Surroundings) {
    this.random = around.random ?? Math.random;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.failures = this.refused = 0;
    this.reachable = true;
    this.attempt();
  }

  stop(): void {
    this.running = false;
    this.round++;
    clearTimeout(this.timer);
    this.drop();
    this.setBlocked(false);
  }

  /** False if there is no connection to say it over. */
  send(message: ClientMessage): boolean {
    if (!this.socket || !this.open) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** The tab is looked at again, or the network is back: no reason to wait any longer. */
  wake(why: "visible" | "online"): void {
    if (!this.running) return;
    const doubtful = why === "online" && this.heardAt <= this.doubtedAt;
    if (this.socket && this.welcomed) {
      if (doubtful || Date.now() - this.heardAt > SILENCE) this.lost(0);
    } else if (why === "online" || (!this.socket && !this.blocked)) {
      this.drop();
      this.attempt();
    }
  }

  /** The browser says the network is gone. It may be wrong: a server on this machine is still there. */
  doubt(): void {
    this.doubtedAt = Date.now();
    if (this.socket) this.listen(SILENCE_OFFLINE);
  }

  private attempt(): void {
    clearTimeout(this.timer);
    if (this.reachable) return this.connect();
    const round = ++this.round;
    void this.around.ask().then((answer) => {
      if (round !== this.round) return;
      if (answer === "over") return this.stop();
      this.reachable = answer === "there";
      if (this.reachable) return this.connect();
      this.failures++;
      this.refused = 0;
      this.later(reconnectDelay(this.failures, this.random()));
    });
  }

  private connect(): void {
    let socket: Socket;
    try {
      socket = this.around.connect();
    } catch {
      return this.failed();
    }
    this.socket = socket;
    this.open = this.welcomed = false;
    this.round++;
    this.listen(SILENCE);
    socket.onopen = () => {
      this.open = true;
      this.around.onOpen();
    };
    socket.onmessage = ({ data }) => this.heard(data);
    socket.onclose = ({ code }) => this.closed(code);
  }

  private heard(data: unknown): void {
    this.heardAt = Date.now();
    this.listen(SILENCE);
    const message = typeof data === "string" ? decode(data) : null;
    if (!message) return;
    if (message.type === "ping") {
      this.send(pong);
      return;
    }
    if (message.type === "closing") return this.closing(message.code, message.error);
    if (message.type === "welcome") {
      this.welcomed = true;
      this.failures = this.refused = this.triesWhileBlocked = 0;
      this.setBlocked(false);
    }
    this.around.onMessage(message);
  }

  private closing(code: string, sentence: string): void {
    switch (code) {
      case "lease_expired":
      case "project_not_found":
        this.stop();
        this.around.onLost();
        this.around.onEnded(code, sentence);
        return;
      case "session_expired":
        this.reachable = false; // so that it is asked who one is now
        return this.lost(reconnectDelay(0, this.random()));
      case "shutting_down":
        return this.lost(shutdownDelay(this.random()));
      default:
        return this.lost(reconnectDelay(this.failures, this.random()));
    }
  }

  private closed(code: number): void {
    if (!this.welcomed) return this.failed();
    this.reachable = !ASK_FIRST.has(code);
    const patience = code === SHUTTING_DOWN ? shutdownDelay : (r: number) => reconnectDelay(0, r);
    this.lost(patience(this.random()));
  }

  /** A connection that stood is gone. */
  private lost(delay: number): void {
    if (this.socket && !this.welcomed) return this.failed();
    this.drop();
    this.around.onLost();
    this.later(delay);
  }

  /** An attempt came to nothing. */
  private failed(): void {
    this.drop();
    this.failures++;
    if (this.reachable) this.refused++;
    this.reachable = false;
    if (this.refused < BLOCKED_AFTER) {
      return this.later(reconnectDelay(this.failures, this.random()));
    }
    this.setBlocked(true);
    this.later(blockedDelay(this.triesWhileBlocked++, this.random()));
  }

  private later(delay: number): void {
    if (!this.running) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.attempt(), delay);
  }

  private setBlocked(blocked: boolean): void {
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.around.onBlocked(blocked);
  }

  /** Waits for a sign of life. */
  private listen(limit: number): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(0), limit);
  }

  private drop(): void {
    clearTimeout(this.silence);
    const { socket } = this;
    this.socket = null;
    this.open = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
