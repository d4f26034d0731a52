#!/usr/bin/env python3
"""Makes NotoSansSC-subset.otf: simplified Chinese, small enough to be part of the program.

What it holds: the characters of the Chinese catalogue, the first level of GB 2312 (the 3755
characters that names and everyday text are written with) and full-width punctuation.

    pip install fonttools
    apt-get download fonts-noto-cjk && dpkg-deb -x fonts-noto-cjk_*.deb noto
    python3 subset.py noto/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

HERE = pathlib.Path(__file__).parent


def characters() -> set[int]:
    wanted = set()
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            try:
                wanted.add(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                pass  # the last cells of the first level are not assigned
    wanted |= set(range(0x3000, 0x3018)) | set(range(0xFF01, 0xFF5F))
    for file in (HERE.parents[1] / "station-app" / "texts" / "zh").glob("*.ftl"):
        wanted |= {ord(c) for c in file.read_text(encoding="utf-8") if ord(c) > 0x7F}
    return wanted


def main(collection: str) -> None:
    fonts = TTCollection(collection, lazy=True).fonts
    font = next(f for f in fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(layout_features=[], hinting=False, desubroutinize=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    font.flavor = None
    font.save(HERE / "NotoSansSC-subset.otf")


if __name__ == "__main__":
    main(sys.argv[1])
