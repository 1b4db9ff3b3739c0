"""Bare repositories of a folder over HTTP, by git's own `git http-backend`, as a Git hosting service would serve them.

    python3 git_http_server.py --root FOLDER --user NAME:PASSWORD --log FILE [--address A]

Prints its port on standard output. What is in private/ asks for the password; moved/<x> leads to private/<x> at the
same machine under another name; old/<x> is <x> by the protocol's first version, which gives no single commit; slow/
never answers. FILE gets a line "<host> <path> <user>" for each request.
"""

from __future__ import annotations

import argparse
import base64
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit


class Handler(http.server.BaseHTTPRequestHandler):
    """One request, passed on to git http-backend."""

    protocol_version = "HTTP/1.1"
    root: Path
    user: str
    log_file: Path
    stopped = threading.Event()

    def do_GET(self) -> None:
        """Advertisements of refs."""
        self._serve(b"")

    def do_POST(self) -> None:
        """Negotiation and packs."""
        self._serve(self._body())

    def log_message(self, *_: object) -> None:
        """Quiet: the log is for tests."""

    def _serve(self, body: bytes) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        user = self._user()
        with self.log_file.open("a") as log:
            print(self.headers["Host"].split(":")[0], path, user or "-", file=log)
        if path.startswith("/slow/"):
            self.stopped.wait()
        elif path.startswith("/moved/"):
            port = self.headers["Host"].split(":")[1]
            self._answer(
                301, [("Location", f"http://localhost:{port}/private/{self.path.removeprefix('/moved/')}")], b""
            )
        elif path.startswith("/private/") and user != self.user:
            self._answer(401, [("WWW-Authenticate", 'Basic realm="repositories"')], b"no\n")
        else:
            self._pass_on(path, query, body)

    def _user(self) -> str | None:
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(encoded).decode() if scheme == "Basic" else None

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _pass_on(self, path: str, query: str, body: bytes) -> None:
        environ = os.environ | {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path.removeprefix("/old"),
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        if not path.startswith("/old/"):
            environ["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        done = subprocess.run(["git", "http-backend"], env=environ, input=body, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [
            (name, value.strip()) for name, _, value in (line.partition(":") for line in head.decode().splitlines())
        ]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self._answer(status, [header for header in headers if header[0] != "Status"], content)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(http.server.ThreadingHTTPServer):
    """Clients that leave are no news."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--user", default="")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--address", default="127.0.0.1")
    options = parser.parse_args()
    Handler.root, Handler.user, Handler.log_file = options.root, options.user, options.log
    server = Server((options.address, 0), Handler)
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()


if __name__ == "__main__":
    main()
