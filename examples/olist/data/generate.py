#!/usr/bin/env python3
"""Makes data that look like Olist's: the same files, columns, sizes and troubles, and no word of the real ones.

    python generate.py --out DIR [--seed 42] [--scale 1.0] [-o json]

writes the four files that the example uses, `streams/clickstream/*.csv`, `streams/images/*.png`, and `expected.json`, which says how many
good and broken rows each file has. The good rows are as many as in the real files; the broken ones come on top. The same seed and scale
make the same bytes everywhere. Needs numpy.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from synthetic.closed_deals import closed_deals
from synthetic.order_items import order_items
from synthetic.order_reviews import order_reviews
from synthetic.rng import Draws
from synthetic.sellers import sellers
from synthetic.streams import write_clicks, write_images
from tables import KAGGLE_FILES, REAL_ROWS

SMALLEST = 20


def generate(out: Path, seed: int = 42, scale: float = 1.0) -> dict[str, Any]:
    """Writes everything below `out` and returns what `expected.json` says."""
    out.mkdir(parents=True, exist_ok=True)
    rows = {table: max(SMALLEST, round(count * scale)) for table, count in REAL_ROWS.items()}
    seller_table, seller_ids = sellers(Draws(seed, "sellers"), rows["sellers"])
    item_table, orders = order_items(Draws(seed, "order_items"), rows["order_items"], seller_ids)
    files = {
        "order_items": item_table,
        "order_reviews": order_reviews(Draws(seed, "order_reviews"), rows["order_reviews"], orders, len(seller_ids)),
        "closed_deals": closed_deals(Draws(seed, "closed_deals"), rows["closed_deals"], seller_ids),
        "sellers": seller_table,
    }
    expected = {
        "seed": seed,
        "scale": scale,
        "tables": {table: file.write(out / KAGGLE_FILES[table], Draws(seed, f"{table} broken")) for table, file in files.items()},
        "streams": {
            "clickstream": write_clicks(out / "streams" / "clickstream", Draws(seed, "clickstream"), seller_ids),
            "images": write_images(out / "streams" / "images", Draws(seed, "images")),
        },
    }
    text = json.dumps(expected, ensure_ascii=False, indent=2) + "\n"
    (out / "expected.json").write_bytes(text.encode("utf-8"))
    return expected


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Makes data that look like Olist's.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument("--seed", type=int, default=42, help="the same seed makes the same data (default: 42)")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is the size of the real data (default: 1.0)")
    parser.add_argument("-o", "--output", choices=["text", "json"], default="text", help="how to say what was written")
    options = parser.parse_args(arguments)
    if options.scale <= 0:
        parser.error(f"--scale must be greater than 0, not {options.scale}")
    expected = generate(options.out, options.seed, options.scale)
    if options.output == "json":
        print(json.dumps(expected, ensure_ascii=False))
    else:
        for table, numbers in expected["tables"].items():
            print(f"{numbers['good_rows']:>9,} rows and {numbers['broken_rows']} broken ones  {numbers['file']}  ({table})")
        for stream, numbers in expected["streams"].items():
            print(f"{len(numbers['files']):>9,} files  streams/{numbers['folder']}  ({stream})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
