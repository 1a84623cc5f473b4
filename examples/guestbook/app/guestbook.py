#!/usr/bin/python3
"""Greets and counts the visits in Redis. / counts one, /healthz says whether Redis can be reached."""
import os
import redis
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

greeting = os.environ["GREETING"]
with open("/etc/guestbook/password") as file:
    password = file.read()
store = redis.Redis(host=os.environ["REDIS_HOST"], password=password, socket_timeout=2, socket_connect_timeout=2)


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            if self.path == "/healthz":
                store.ping()
                self.answer(200, "ok\n")
            elif self.path == "/":
                self.answer(200, f"{greeting}, visitor {store.incr('visits')}\n")
            else:
                self.answer(404, "not found\n")
        except redis.RedisError as error:
            self.answer(503, f"Redis: {error}\n")

    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        if self.path != "/healthz":
            super().log_request(code, size)


# The first process of a container does not end by a signal that it does not handle.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", 8080), Page).serve_forever()
