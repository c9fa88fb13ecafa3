"""AUTH of the sink: PLAIN (RFC 4616), LOGIN, and XOAUTH2 as Google and Microsoft describe it."""

import base64
import binascii

_OK, _NO, _BAD = "235 2.7.0 welcome", "535 5.7.8 wrong name or password", "501 5.5.2 not base64"


class SignIn:
    """The state of signing in on one connection."""

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password
        self._method = ""
        self._given: list[bytes] = []
        self._done = not username

    @property
    def is_due(self) -> bool:
        return not self._done

    @property
    def is_asking(self) -> bool:
        """Whether the next line belongs to it."""
        return bool(self._method)

    def begin(self, line: bytes) -> str:
        """Return the answer to an AUTH command."""
        words = line.decode("ascii", "replace").split()
        self._method, self._given = words[1].upper() if len(words) > 1 else "", []
        if self._done or self._method not in {"PLAIN", "LOGIN", "XOAUTH2"}:
            self._method = ""
            return "504 5.5.4 not offered"
        if len(words) > 2:
            return self.go_on(words[2].encode())
        return "334 VXNlcm5hbWU6" if self._method == "LOGIN" else "334 "

    def go_on(self, line: bytes) -> str:
        """Return the answer to what follows an AUTH command."""
        try:
            self._given.append(base64.b64decode(line, validate=True))
        except binascii.Error:
            self._method = ""
            return _BAD
        if self._method == "LOGIN" and len(self._given) == 1:
            return "334 UGFzc3dvcmQ6"
        self._done = self._is_right()
        self._method = ""
        return _OK if self._done else _NO

    def _is_right(self) -> bool:
        name, secret = self._username.encode(), self._password.encode()
        if self._method == "PLAIN":
            return self._given[0].split(b"\0")[1:] == [name, secret]
        if self._method == "LOGIN":
            return self._given == [name, secret]
        return self._given[0] == b"user=" + name + b"\x01auth=Bearer " + secret + b"\x01\x01"
