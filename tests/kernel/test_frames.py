"""The framing: partial reads, descriptors, broken streams."""

from __future__ import annotations

import json
import os
import random
import socket
import struct

import pytest
from conftest import send_with_fd
from stoker_kernel.frames import MAX_FRAME_BYTES, Disconnected, FrameError, FrameSocket, encode


@pytest.fixture
def pair():
    """A raw socket and a frame socket at its other end."""
    raw, other = socket.socketpair()
    channel = FrameSocket(other)
    yield raw, channel
    raw.close()
    channel.close()


def test_a_frame_is_length_and_json():
    assert encode({"a": "é"}) == struct.pack(">I", 10) + '{"a":"é"}'.encode()


def test_lone_surrogates_do_not_break_a_frame():
    assert json.loads(encode({"a": "x\ud800y"})[4:]) == {"a": "x?y"}


def test_frames_split_at_every_byte(pair):
    raw, channel = pair
    data = encode({"n": 1}) + encode({"text": "ä" * 50})
    seen = []
    for position in range(len(data)):
        raw.send(data[position : position + 1])
        frame = channel.poll()
        if frame is not None:
            seen.append(frame[0])
    assert seen == [{"n": 1}, {"text": "ä" * 50}]


def test_random_frames_in_random_pieces(pair):
    raw, channel = pair
    draw = random.Random(7)
    frames = [
        {"i": i, "text": "".join(chr(draw.randrange(32, 0x2000)) for _ in range(draw.randrange(200)))}
        for i in range(60)
    ]
    data = b"".join(encode(frame) for frame in frames)
    seen, position = [], 0
    while position < len(data):
        step = draw.randrange(1, 400)
        raw.sendall(data[position : position + step])
        position += step
        while (frame := channel.poll()) is not None:
            seen.append(frame[0])
    assert seen == frames


def test_descriptors_stay_with_their_frames(pair):
    raw, channel = pair
    reads = []
    for text in (b"one", b"two"):
        read_end, write_end = os.pipe()
        os.write(write_end, text)
        send_with_fd(raw, {"text": text.decode()}, read_end)
        os.close(read_end)
        os.close(write_end)
    raw.sendall(encode({"text": "none"}))
    for _ in range(3):
        frame, fds = channel.receive()
        reads.append((frame["text"], [os.read(fd, 9).decode() for fd in fds]))
        for fd in fds:
            assert not os.get_inheritable(fd)
            os.close(fd)
    assert reads == [("one", ["one"]), ("two", ["two"]), ("none", [])]


def test_the_end_between_frames_is_a_disconnect(pair):
    raw, channel = pair
    raw.close()
    with pytest.raises(Disconnected):
        channel.receive()


@pytest.mark.parametrize("cut", [1, 3, 4, 6])
def test_the_end_inside_a_frame_is_an_error(pair, cut):
    raw, channel = pair
    raw.sendall(encode({"n": 1})[:cut])
    raw.close()
    with pytest.raises(FrameError):
        channel.receive()


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", 0),
        struct.pack(">I", MAX_FRAME_BYTES + 1),
        b"\xff\xff\xff\xff",
        struct.pack(">I", 3) + b"abc",
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 4) + b"\xff\xfe\x00\x01",
        struct.pack(">I", 4) + b"null",
    ],
)
def test_bytes_that_are_no_frame_are_an_error(pair, data):
    raw, channel = pair
    raw.sendall(data)
    with pytest.raises(FrameError):
        channel.receive()


def test_noise_never_does_anything_but_fail_or_wait(pair):
    draw = random.Random(3)
    for _ in range(200):
        raw, other = socket.socketpair()
        channel = FrameSocket(other)
        raw.sendall(bytes(draw.randrange(256) for _ in range(draw.randrange(1, 40))))
        try:
            while channel.poll() is not None:
                pass
        except FrameError:
            pass
        raw.close()
        channel.close()
