/** Passes values on, the first at once, and then no more often than every `gap` ms, the last one of each gap. */
export class Pace<Value> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: { value: Value } | null = null;

  constructor(
    private readonly gap: number,
    private readonly pass: (value: Value) => void,
  ) {}

  push(value: Value): void {
    if (this.timer !== undefined) {
      this.waiting = { value };
      return;
    }
    this.timer = setTimeout(() => this.next(), this.gap);
    this.pass(value);
  }

  private next(): void {
    this.timer = undefined;
    const { waiting } = this;
    this.waiting = null;
    if (waiting) this.push(waiting.value);
  }
}
