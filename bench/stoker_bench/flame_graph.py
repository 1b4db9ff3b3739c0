"""Sampled stacks as a flame graph, and as a list of what was busiest."""

import zlib
from dataclasses import dataclass, field
from html import escape

Stacks = dict[tuple[str, ...], int]  # from the outermost frame inwards → samples
WIDTH = 1800
ROW = 17
LEAST_WIDTH = 0.6
LETTER = 6.6


@dataclass
class Frame:
    samples: int = 0
    callees: dict[str, "Frame"] = field(default_factory=dict)


def as_svg(stacks: Stacks, title: str) -> str:
    root = Frame()
    for stack, samples in stacks.items():
        root.samples += samples
        frame = root
        for name in stack:
            frame = frame.callees.setdefault(name, Frame())
            frame.samples += samples
    depth = max(len(stack) for stack in stacks) + 2
    height = (depth + 1) * ROW
    rectangles: list[str] = []
    _draw(root, f"all, {root.samples} samples", 0.0, height - ROW, WIDTH / root.samples, root.samples, rectangles)
    font = 'font-family="monospace" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" {font}>'
    return "\n".join([head, f'<text x="8" y="13">{escape(title)}</text>', *rectangles, "</svg>"]) + "\n"


def _draw(frame: Frame, name: str, x: float, y: int, scale: float, all_samples: int, rectangles: list[str]) -> None:
    width = frame.samples * scale
    if width < LEAST_WIDTH:
        return
    share = frame.samples / all_samples * 100
    shown = name[: max(0, int(width / LETTER) - 1)] if width > 4 * LETTER else ""
    # A function has the same colour in every graph.
    hue = 10 + zlib.crc32(name.encode()) % 45
    rectangles.append(
        f"<g><title>{escape(name)} {share:.1f} %</title>"
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="hsl({hue},85%,65%)"/>'
        f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(shown)}</text></g>'
    )
    for callee, inner in sorted(frame.callees.items()):
        _draw(inner, callee, x, y - ROW, scale, all_samples, rectangles)
        x += inner.samples * scale


def busiest(stacks: Stacks, count: int = 25) -> list[str]:
    """The functions most samples were in, by themselves and with what they call."""
    own: dict[str, int] = {}
    whole: dict[str, int] = {}
    for stack, samples in stacks.items():
        if not stack:
            continue
        own[stack[-1]] = own.get(stack[-1], 0) + samples
        for name in set(stack):
            whole[name] = whole.get(name, 0) + samples
    samples = sum(stacks.values())

    def table(of: dict[str, int], what: str) -> list[str]:
        top = sorted(of.items(), key=lambda pair: -pair[1])[:count]
        return [what] + [f"  {number / samples * 100:5.1f} %  {name[:160]}" for name, number in top]

    return [*table(own, "by itself"), "", *table(whole, "with what it calls")]
