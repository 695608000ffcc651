import type { Edge } from './edge.js';

/** Values told once and meant by their number from then on. */
class Numbered<T> {
  /** @param all in the order of their numbers. */
  static of<T>(all: readonly T[], key: (value: T) => string): Numbered<T> {
    const numbered = new Numbered<T>();
    for (const value of all) numbered.number(key(value), value);
    return numbered;
  }

  readonly #values: T[] = [];
  readonly #numbers = new Map<string, number>();

  number(key: string, value: T): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  all(): readonly T[] {
    return this.#values;
  }

  at(number: number): T {
    const value = this.#values[number];
    if (value === undefined) throw new RangeError(`there is no number ${number}, only ${this.#values.length}`);
    return value;
  }
}

/** What one node's windows name: its edges are few enough that most numbers take one byte. */
export class NodeNames {
  readonly node: string;
  readonly names: Names;
  readonly #edges: Numbered<Edge>;

  constructor(node: string, names: Names, edges: readonly Edge[] = []) {
    this.node = node;
    this.names = names;
    this.#edges = Numbered.of(edges, ({ key }) => key);
  }

  /** In the order of their numbers. */
  edges(): readonly Edge[] {
    return this.#edges.all();
  }

  number(edge: Edge): number {
    return this.#edges.number(edge.key, edge);
  }

  at(number: number): Edge {
    return this.#edges.at(number);
  }
}

/** What the windows of a journal name: edges by node, and texts (pods, workloads, addresses, policies). */
export class Names {
  readonly #texts: Numbered<string>;
  readonly #nodes = new Map<string, NodeNames>();

  constructor(texts: readonly string[] = []) {
    this.#texts = Numbered.of(texts, (text) => text);
  }

  /** In the order of their numbers. */
  texts(): readonly string[] {
    return this.#texts.all();
  }

  text(text: string): number {
    return this.#texts.number(text, text);
  }

  textAt(number: number): string {
    return this.#texts.at(number);
  }

  of(node: string): NodeNames {
    let names = this.#nodes.get(node);
    if (names === undefined) this.#nodes.set(node, (names = new NodeNames(node, this)));
    return names;
  }
}
