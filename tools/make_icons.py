"""Render the icons from their drawings: `python -m tools.make_icons`. The PNGs are committed; run it after a change.

The icons have a few flat colours, so each PNG holds a palette: icon-192.png travels with every first visit.
"""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.browsers import find_chromium

ICONS = Path(__file__).resolve().parents[1] / "static/icons"
TARGETS = (
    ("icon.svg", "icon-192.png", 192),
    ("icon.svg", "icon-512.png", 512),
    ("maskable.svg", "maskable-192.png", 192),
    ("maskable.svg", "maskable-512.png", 512),
    ("maskable.svg", "apple-touch-icon.png", 180),
)
# Shades at the edges are rounded to steps of this size, so that the palette stays small.
STEP = 17
DRAW = """async ([svg, size]) => {
  const image = new Image();
  image.src = "data:image/svg+xml;base64," + svg;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, size, size);
  let text = "";
  for (const byte of context.getImageData(0, 0, size, size).data) text += String.fromCharCode(byte);
  return btoa(text);
}"""


def render_pixels(page: Page, svg: bytes, size: int) -> list[bytes]:
    """Return the drawing at `size` × `size` as red, green, blue and alpha of each pixel."""
    data = base64.b64decode(page.evaluate(DRAW, [base64.b64encode(svg).decode(), size]))
    return [data[at : at + 4] for at in range(0, len(data), 4)]


def round_shade(pixel: bytes) -> bytes:
    """Return the shade that stands for `pixel`; what cannot be seen is black."""
    if pixel[3] < STEP:
        return bytes(4)
    return bytes(min(255, round(value / STEP) * STEP) for value in pixel)


def encode_png(colours: list[bytes], size: int) -> bytes:
    """A palette PNG. A flat area keeps its exact colour; only the shades at edges are rounded."""
    counts: dict[bytes, int] = {}
    for colour in colours:
        counts[colour] = counts.get(colour, 0) + 1
    exact = {colour for colour, count in counts.items() if count > len(colours) // 500}
    shades = [colour if colour in exact else round_shade(colour) for colour in colours]
    palette = sorted(set(shades), key=lambda colour: (colour[3], colour))
    if len(palette) > 256:
        raise SystemExit(f"{len(palette)} colours do not fit a palette: draw with fewer, or raise STEP")
    index = {colour: number for number, colour in enumerate(palette)}
    rows = (b"\0" + bytes(index[shade] for shade in shades[at : at + size]) for at in range(0, len(shades), size))
    alphas = bytes(colour[3] for colour in palette).rstrip(b"\xff")
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(colour[:3] for colour in palette)),
        *([(b"tRNS", alphas)] if alphas else []),
        (b"IDAT", zlib.compress(b"".join(rows), 9)),
        (b"IEND", b""),
    ]
    framed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def main() -> None:
    """Write every icon."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        page = browser.new_page()
        for drawing, name, size in TARGETS:
            data = encode_png(render_pixels(page, (ICONS / drawing).read_bytes(), size), size)
            (ICONS / name).write_bytes(data)
            print(f"{name}: {len(data)} bytes")
        browser.close()


if __name__ == "__main__":
    main()
