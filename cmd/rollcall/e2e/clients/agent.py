"""Runs python-socketio's client as it is told, by the same lines of JSON as agent.mjs
(see there), so that the tests also stand for a client that is not the official one.

Needs python-socketio 5 with aiohttp: pip install "python-socketio[asyncio_client]".
"""

import asyncio
import json
import os
import sys
from urllib.parse import urlencode

import aiohttp
import socketio

clients = {}  # by the number that the test gave them
tasks = set()  # asyncio holds none of its own


def report(client, kind, **what):
    line = json.dumps({"client": client, "kind": kind, **what}, default=buffer)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def buffer(value):
    """Writes bytes as Node writes a Buffer in JSON."""
    return {"type": "Buffer", "data": list(value)}


def binary(value):
    """Makes bytes of what stands for them in a command."""
    return bytes(value["data"]) if value.get("type") == "Buffer" else value


async def connect(client, url, options, tokens=None, **_):
    """Opens one client, which does not connect again by itself unless the test wants that."""
    sio = clients[client] = socketio.AsyncClient(reconnection=options.get("reconnection", False))

    async def fresh():
        async with aiohttp.ClientSession() as http, http.get(tokens) as answer:
            return await answer.json()

    async def connected():
        report(client, "connected", id=sio.get_sid())

    async def disconnected():
        report(client, "disconnected", message="")

    async def refused(why=None):
        # The server says why in an object; the transport has a text, or an answer.
        if isinstance(why, dict) and "message" in why and "code" not in why:
            report(client, "refused", message=why["message"], code=(why.get("data") or {}).get("code", ""))
        else:
            report(client, "failed", message=str(why))

    async def event(name, *args):
        report(client, "event", name=name, args=args)

    sio.on("connect", connected)
    sio.on("disconnect", disconnected)
    sio.on("connect_error", refused)
    sio.on("*", event)
    transports = options.get("transports", ["websocket"])
    auth = fresh if tokens else options.get("auth")
    try:
        await sio.connect(url + "/?" + urlencode(options["query"]), auth=auth, transports=transports, wait=False)
    except socketio.exceptions.ConnectionError:
        return  # which connect_error has told
    if transports[0] == "polling" and sio.transport() == "websocket":
        report(client, "upgraded")


async def emit(client, event, args=None, ack=None, **_):
    async def acknowledged(*answer):
        report(client, "ack", ack=ack, args=answer)

    await clients[client].emit(event, tuple(args or ()), callback=acknowledged if ack else None)


async def disconnect(client, **_):
    await clients[client].disconnect()


async def close(client, **_):
    if http := clients[client].eio.http:
        await http.close()


async def main():
    lines = asyncio.StreamReader(limit=1 << 30)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line, object_hook=binary)
        # A client does one thing after the other; connecting waits for the network.
        todo = {"connect": connect, "emit": emit, "disconnect": disconnect, "close": close}[command.pop("do")]
        if todo is connect:
            task = asyncio.create_task(todo(**command))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            await todo(**command)
    os._exit(0)  # the test is over: as agent.mjs, without a goodbye to anybody


asyncio.run(main())
