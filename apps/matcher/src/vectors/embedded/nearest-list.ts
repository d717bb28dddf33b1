export interface Neighbour {
  readonly id: string;
  readonly score: number;
}

/** The best `limit` of what is offered, best first. */
export class NearestList {
  private readonly neighbours: Neighbour[] = [];

  constructor(private readonly limit: number) {}

  /** A score that is not above this changes nothing. */
  get bar(): number {
    if (this.limit < 1) return Infinity;
    return this.neighbours.length < this.limit ? -Infinity : this.neighbours.at(-1)!.score;
  }

  offer(neighbour: Neighbour): void {
    if (neighbour.score <= this.bar) return;
    let at = this.neighbours.length;
    while (at > 0 && this.neighbours[at - 1]!.score < neighbour.score) at--;
    this.neighbours.splice(at, 0, neighbour);
    if (this.neighbours.length > this.limit) this.neighbours.pop();
  }

  get items(): readonly Neighbour[] {
    return this.neighbours;
  }
}
