"""Plays protocols of asyncio's as scripts say, and tells of each callback: one line each on stdout, "ID TEXT".

A line on stdin is [id, port, {"first": {callback: [action, ...]}, "second": the same, "buffer": bytes}] to connect, or
[id, [verb, ...]] for an action outside of the callbacks, which "ID done" answers. "ID over" comes some turns after
connection_lost. Ends with stdin. asyncio_ours.ts does the same with ours.
"""

import asyncio
import json
import logging
import socket
import sys
import time

ERRORS = {"ConnectionResetError": "reset", "BrokenPipeError": "broken pipe"}
TURNS = 5


def pattern(at, count):
    """The bytes that both directions carry: each is its offset modulo 251."""
    return (bytes(range(251)) * (count // 251 + 2))[at % 251 :][:count]


def kind(error):
    if error is None:
        return ""
    name = type(error).__name__
    return ": thrown" if str(error) == "on purpose" else ": " + ERRORS.get(name, name)


class Player:
    """What the protocols of one connection share."""

    def __init__(self, id, play):
        self.id = id
        self.ended = asyncio.Event()
        self.second = Script(self, play.get("second", {}), "second: ")
        self.first = Script(self, play["first"], "")
        if "buffer" in play:
            self.first = Buffered(self, play["first"], "")
            self.first.buffer = bytearray(play["buffer"])
        self.transport = None
        self.sent = 0
        self.received = 0

    def tell(self, line):
        print(self.id, line, flush=True)

    def take(self, data):
        right = data == pattern(self.received, len(data))
        self.received += len(data)
        return f"dataReceived {len(data)}" + ("" if right else " WRONG")

    def piece(self, count):
        self.sent += count
        return pattern(self.sent - count, count)

    def act(self, verb, *args):
        t = self.transport
        if verb == "return":
            return args[0]
        {
            "write": lambda n: t.write(self.piece(n)),
            "writeText": lambda: t.write("text"),
            "writeLines": lambda *sizes: t.writelines([self.piece(n) for n in sizes]),
            "writeEof": lambda: t.write_eof(),
            "close": lambda: t.close(),
            "abort": lambda: t.abort(),
            "pauseReading": lambda: t.pause_reading(),
            "resumeReading": lambda: t.resume_reading(),
            "limits": lambda high, low: t.set_write_buffer_limits(high=high, low=low),
            "setProtocol": lambda: t.set_protocol(self.second),
            "raise": self.throw,
            "awaitReset": self.await_reset,
            "state": self.state,
        }[verb](*args)

    def throw(self):
        raise ValueError("on purpose")

    def state(self):
        t = self.transport
        words = [(t.is_closing(), "closing"), (t.is_reading(), "reading"), (t.get_write_buffer_size() > 0, "buffered")]
        self.tell("state: " + (", ".join(word for holds, word in words if holds) or "nothing"))

    def await_reset(self):
        """Until the kernel has the peer's RST: TCP_INFO begins with the state, and 7 is CLOSE."""
        sock = self.transport.get_extra_info("socket")
        deadline = time.monotonic() + 10
        while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) != b"\7":
            assert time.monotonic() < deadline, "no RST came"


class Script(asyncio.Protocol):
    def __init__(self, player, script, prefix):
        self.player = player
        self.script = script
        self.prefix = prefix

    def run(self, name, line=None):
        self.player.tell(self.prefix + (line or name))
        result = None
        for action in self.script.get(name, []):
            result = self.player.act(*action)
        return result

    def connection_made(self, transport):
        self.player.transport = transport
        self.run("connectionMade")

    def data_received(self, data):
        self.run("dataReceived", self.player.take(data))

    def eof_received(self):
        return self.run("eofReceived")

    def pause_writing(self):
        self.run("pauseWriting")

    def resume_writing(self):
        self.run("resumeWriting")

    def connection_lost(self, exc):
        self.player.ended.set()
        self.run("connectionLost", "connectionLost" + kind(exc))


class Buffered(Script, asyncio.BufferedProtocol):
    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, nbytes):
        self.run("dataReceived", self.player.take(bytes(self.buffer[:nbytes])))


class Warnings(logging.Handler):
    """asyncio does not say which transport it warns of: one connection at a time is played."""

    def emit(self, record):
        Stage.player.tell("warning")


class Stage:
    """Plays one connection after the other."""

    player = None
    players = {}
    tasks = set()

    async def play(self, player, port):
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: player.first, "127.0.0.1", port)
        await player.ended.wait()
        # Whatever came after it would be told.
        for _ in range(TURNS):
            await asyncio.sleep(0)
        player.tell("over")

    def obey(self, id, what, play=None):
        if play is not None:
            Stage.player = self.players[id] = Player(id, play)
            self.tasks.add(asyncio.ensure_future(self.play(Stage.player, what)))
            return
        player = self.players[id]
        player.tell("> " + " ".join(map(str, what)))
        try:
            player.act(*what)
        except OSError:
            player.tell("refused")
        player.tell("done")


async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: Stage.player.tell("reported"))
    logging.getLogger("asyncio").addHandler(Warnings(logging.WARNING))
    stage = Stage()
    input = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(input), sys.stdin)
    while line := await input.readline():
        stage.obey(*json.loads(line))


asyncio.run(main())
