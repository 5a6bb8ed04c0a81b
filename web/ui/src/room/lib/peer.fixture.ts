// @ts-expect-error -- it comes without types
import { WebSocketServer } from 'ws';

/** The server's end of a websocket, as far as it is needed here. */
interface Wire {
  send(text: string): void;
  close(): void;
  terminate(): void;
  on(event: 'message', heard: (data: { toString(): string }) => void): void;
  on(event: 'close', heard: () => void): void;
}

/** What a node does with one client that asks to be let in. */
export type Behaviour = 'admit' | 'hang up' | 'hang up at once' | 'keep waiting' | { refuse: string; code: string };

/**
 * A node for the official client to talk to, of which a test says how it behaves: so
 * much of Engine.IO 4 and Socket.IO 5 as it takes to be let in or not.
 */
export class Peer {
  behaviour: Behaviour = 'admit';
  port = 0;
  /** The queries that clients came with, as they were sent. */
  queries: string[] = [];
  /** The packets of clients. */
  heard: string[] = [];
  #admitted = 0;
  #wires = new Set<Wire>();
  #server: {
    address(): { port: number };
    close(closed: () => void): void;
    on(event: 'connection', heard: (wire: Wire, request: { url: string }) => void): void;
  };

  private constructor(listening: () => void, port: number) {
    this.#server = new WebSocketServer({ host: '127.0.0.1', port }, listening);
    this.#server.on('connection', (wire, { url }) => this.#meet(wire, url));
  }

  static start(port = 0): Promise<Peer> {
    return new Promise((resolve) => {
      const peer: Peer = new Peer(() => {
        peer.port = peer.#server.address().port;
        resolve(peer);
      }, port);
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sends a packet to everybody. */
  say(packet: string): void {
    for (const wire of this.#wires) wire.send(packet);
  }

  /** Cuts everybody off. */
  cut(): void {
    for (const wire of this.#wires) wire.terminate();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }

  #meet(wire: Wire, url: string): void {
    this.queries.push(url.slice(url.indexOf('?') + 1));
    this.#wires.add(wire);
    wire.on('close', () => this.#wires.delete(wire));
    wire.on('message', (data) => {
      this.heard.push(data.toString());
      if (data.toString().startsWith('40')) this.#answer(wire);
    });
    if (this.behaviour === 'hang up at once') wire.close();
    else wire.send('0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  }

  #answer(wire: Wire): void {
    const { behaviour } = this;
    if (behaviour === 'hang up') wire.close();
    else if (behaviour === 'admit') {
      wire.send(`40{"sid":"socket-${++this.#admitted}"}`);
      wire.send('42["handshake",{"procid":"node-1","room":"foo","epoch":1,"seq":1}]');
    } else if (typeof behaviour === 'object') {
      wire.send(`44${JSON.stringify({ message: behaviour.refuse, data: { code: behaviour.code } })}`);
    }
  }
}
