"""A client that does nothing but read: what reading costs at least."""

import asyncio
import sys


class Client(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"NICK bot\r\nUSER bot 0 * :bot\r\nJOIN #ops\r\n")
        self.rest = b""

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"PING"):
                self.transport.write(b"PONG" + line[4:] + b"\n")

    def connection_lost(self, error):
        asyncio.get_running_loop().stop()


async def main(port):
    loop = asyncio.get_running_loop()
    await loop.create_connection(Client, "127.0.0.1", port)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
