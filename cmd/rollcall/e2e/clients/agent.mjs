// Runs official Socket.IO clients as it is told: commands come as lines of JSON
// on standard input, and what the clients report goes as lines of JSON to
// standard output. It decides nothing, so that the tests stand in one place.
//
//   {"do": "connect", "client": 1, "version": "2.1", "url": "…", "options": {…}, "tokens": "http://…"}
//     tokens, optional: where to get {"token": "…"} for each connection, by GET
//   {"do": "emit", "client": 1, "event": "…", "args": […], "ack": 7}     ack: optional
//   {"do": "emitMany", "client": 1, "event": "…", "args": […], "many": 9}   in one tick, numbered from 0 by a last argument
//   {"do": "disconnect", "client": 1}       says goodbye to the namespace
//   {"do": "close", "client": 1}            closes the transport without a word
//
//   {"client": 1, "kind": "connected", "id": "…"}
//   {"client": 1, "kind": "refused", "message": "…", "code": "…"}   connect_error; v2: error, which has no code
//   {"client": 1, "kind": "failed", "message": "…"}        the transport
//   {"client": 1, "kind": "event", "name": "…", "args": […]}
//   {"client": 1, "kind": "ack", "ack": 7, "args": […]}
//   {"client": 1, "kind": "disconnected", "message": reason}
//   {"client": 1, "kind": "upgraded"}                      from polling to a websocket
//
// Binary arguments are written as Node writes a Buffer in JSON:
// {"type": "Buffer", "data": [0, 255]}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const clients = new Map(); // sockets, by the number that the test gave them

function report(client, kind, what) {
  process.stdout.write(JSON.stringify({ client, kind, ...what }) + "\n");
}

// binary makes a Buffer of what stands for one in a command.
function binary(_, value) {
  return value?.type === "Buffer" && Array.isArray(value.data) ? Buffer.from(value.data) : value;
}

// connect opens one client. Nothing is shared between clients, and none connects
// again by itself unless the test wants that.
async function connect({ client, version, url, options, tokens }) {
  const module = require(`socket.io-client-v${version}`);
  const io = module.io ?? module;
  const fresh = async () => (await fetch(tokens)).json();
  if (tokens && version.startsWith("2.")) options.query = { ...options.query, ...(await fresh()) };
  else if (tokens) options.auth = async (answer) => answer(await fresh());
  const socket = io(url, { forceNew: true, reconnection: false, transports: ["websocket"], ...options });
  clients.set(client, socket);
  socket.on("connect", () => report(client, "connected", { id: socket.id }));
  socket.on("disconnect", (reason) => report(client, "disconnected", { message: reason }));
  if (version.startsWith("2.")) {
    // A refusal is an "error" event, what the transport has to say "connect_error".
    socket.on("error", (why) => report(client, "refused", { message: String(why) }));
    socket.on("connect_error", (why) => report(client, "failed", { message: String(why) }));
    hearEverything(socket, client);
    if (tokens) returnWith(socket, fresh);
    return;
  }
  socket.on("connect_error", (why) => {
    const kind = why.type === "TransportError" || why.message === "timeout" ? "failed" : "refused";
    report(client, kind, { message: why.message, code: why.data?.code });
  });
  socket.io.engine.on("upgrade", () => report(client, "upgraded"));
  socket.onAny((name, ...args) => report(client, "event", { name, args }));
}

// returnWith has a client of version 2, which has no auth function, connect again with
// another token in its query.
function returnWith(socket, fresh) {
  socket.on("disconnect", async (reason) => {
    if (reason.startsWith("io ")) return; // it is over
    socket.io.reconnection(false);
    await new Promise((done) => setTimeout(done, socket.io.reconnectionDelay()));
    Object.assign(socket.io.opts.query, await fresh());
    socket.io.reconnection(true);
    socket.connect();
  });
}

// hearEverything stands in for onAny, which clients before version 3 lack.
function hearEverything(socket, client) {
  const onevent = socket.onevent;
  socket.onevent = function (packet) {
    const [name, ...args] = packet.data;
    report(client, "event", { name, args });
    onevent.call(this, packet);
  };
}

const commands = {
  connect,
  emit({ client, event, args, ack }) {
    const callback = (...answer) => report(client, "ack", { ack, args: answer });
    clients.get(client).emit(event, ...(args ?? []), ...(ack ? [callback] : []));
  },
  emitMany({ client, event, args, many }) {
    for (let i = 0; i < many; i++) clients.get(client).emit(event, ...args, i);
  },
  disconnect({ client }) {
    clients.get(client).disconnect();
  },
  close({ client }) {
    clients.get(client).io.engine.close();
  },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line, binary);
  commands[command.do](command);
});
lines.on("close", () => process.exit(0)); // the test is over
