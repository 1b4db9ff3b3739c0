"""A mail server and a receiver of webhooks, for what the server tells people."""

import email
import email.policy
import json
import queue
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SECONDS = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@dataclass
class Mail:
    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        return self.message.get_content()


class MailServer:
    """Takes every mail from its one user, over TLS, with a certificate of its own."""

    USER = "stoker"
    PASSWORD = "the password of the mail server"

    def __init__(self, folder: Path) -> None:
        self._mails: queue.Queue[Mail] = queue.Queue()
        self.certificate, key = folder / "certificate.pem", folder / "key.pem"
        names = ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate]
        subprocess.run([*command, *names], check=True, capture_output=True)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.certificate, key)
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=self._authenticate,
        )
        self._controller.start()

    def _authenticate(self, *about: Any) -> AuthResult:
        login = about[-1]
        known = LoginPassword(self.USER.encode(), self.PASSWORD.encode())
        return AuthResult(success=login == known)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, its name in aiosmtpd
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self._mails.put(Mail(envelope.mail_from or "", envelope.rcpt_tos, message))
        return "250 OK"

    def next(self) -> Mail:
        return self._mails.get(timeout=SECONDS)

    def stop(self) -> None:
        self._controller.stop()


@dataclass
class Hook:
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class HookReceiver:
    """Answers 200, or what it is told to."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._hooks: queue.Queue[Hook] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802, its name in http.server
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._hooks.put(Hook({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200 if receiver.answers.empty() else receiver.answers.get())
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def next(self, seconds: float = SECONDS) -> Hook:
        return self._hooks.get(timeout=seconds)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
