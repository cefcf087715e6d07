# mypy: ignore-errors
"""A client that does nothing but read: what reading costs at least.

With ACKNOWLEDGE it writes entries to the disk and answers: what an acknowledgement costs at least.
"""

import asyncio
import os
import sys


class Client(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"NICK bot\r\nUSER bot 0 * :bot\r\nJOIN #ops\r\n")
        self.rest = b""
        self.entries = None
        if "ACKNOWLEDGE" in os.environ:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self.entries = os.open(os.environ["ENTRIES"], flags, 0o600)

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"PING"):
                self.transport.write(b"PONG" + line[4:] + b"\n")
            elif self.entries is not None and b" :TL: " in line:
                os.write(self.entries, line + b"\n")
                os.fdatasync(self.entries)
                nick = line[1:].partition(b"!")[0]
                self.transport.write(b"NOTICE " + nick + b" :recorded\r\n")

    def connection_lost(self, error):
        asyncio.get_running_loop().stop()


async def main(port):
    loop = asyncio.get_running_loop()
    await loop.create_connection(Client, "127.0.0.1", port)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
