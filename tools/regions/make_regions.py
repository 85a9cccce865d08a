#!/usr/bin/env python3
"""Makes data/regions/regions.tsv, the versioned table of Indonesia's regions.

Input: the folder data/ of the npm package idn-area-data 4.0.1 (provinces.csv, regencies.csv, districts.csv, villages.csv; ODbL),
unpacked anywhere. Today's table is taken as it is. The table of before mid-2022 (34 provinces) is made from it: each regency of MOVED
gets its old code back, and its districts and villages keep their last parts. Old codes end on the day on which the law of the new
province took effect, new ones begin on it.

The same input gives the same bytes. Anything unexpected in the input stops the script with a sentence. Standard library only.

    npm pack idn-area-data@4.0.1 && tar xzf idn-area-data-4.0.1.tgz
    tools/regions/make_regions.py package/data data/regions/regions.tsv
"""
import argparse
import csv
import pathlib
import sys

PACKAGE = "idn-area-data 4.0.1"

# What today's table must hold, so that another release of the package is noticed (provinces, regencies, districts, villages).
EXPECTED = (38, 514, 7285, 83762)

# New province: (province that it was part of, first day, law).
NEW_PROVINCES = {
    "93": ("91", "2022-07-25", "UU 14/2022"),
    "94": ("91", "2022-07-25", "UU 15/2022"),
    "95": ("91", "2022-07-25", "UU 16/2022"),
    "96": ("92", "2022-12-08", "UU 29/2022"),
}

# New code of a regency: its code before.
MOVED = {
    "93.01": "91.01", "93.02": "91.16", "93.03": "91.17", "93.04": "91.18",
    "94.01": "91.04", "94.02": "91.07", "94.03": "91.08", "94.04": "91.09",
    "94.05": "91.25", "94.06": "91.26", "94.07": "91.27", "94.08": "91.28",
    "95.01": "91.02", "95.02": "91.12", "95.03": "91.13", "95.04": "91.14",
    "95.05": "91.21", "95.06": "91.22", "95.07": "91.23", "95.08": "91.24",
    "96.01": "92.01", "96.02": "92.04", "96.03": "92.05", "96.04": "92.09",
    "96.05": "92.10", "96.71": "92.71",
}  # fmt: skip

HEADER = f"""\
# Regions of Indonesia: provinces, regencies and cities, districts, villages, with the versions before and since the new provinces of
# 2022. Made by tools/regions/make_regions.py; do not edit.
#
# Contains information from {PACKAGE} (https://github.com/fityannugroho/idn-area-data), which is made available under the Open
# Database License (ODbL) 1.0; so is this file, a derivative database. Text of the licence: LICENSE.md beside this file.
#
# Changes against the source: one table of all levels; rows for the codes of before 2022 added. Old codes of the 26 regencies that
# moved are those of the ministry's tables; that their districts and villages kept the last parts of their codes is an assumption.
# All other codes are today's, with no known first day: villages founded since 2020 look older than they are.
# 93 Papua Selatan, 94 Papua Tengah, 95 Papua Pegunungan: UU 14, 15 and 16 of 2022, in force since 25 July 2022.
# 96 Papua Barat Daya: UU 29 of 2022, in force since 8 December 2022.
#
# Rows are sorted by code, then by first day. Tab-separated: code (2, 4, 6 or 10 digits), name, first day, first day on which it is
# no longer valid (empty: none known), code before. Empty fields at the end of a row are left out.
# The first row says the format's version and how many rows follow.
"""


def fail(message):
    sys.exit(f"make_regions: {message}")


def read_names(folder):
    """All levels as {dotted code: name}; checks that each region's parent is there."""
    names = {}
    counts = []
    for level, (file, parent) in enumerate(
        [("provinces", None), ("regencies", "province_code"), ("districts", "regency_code"), ("villages", "district_code")]
    ):
        path = folder / f"{file}.csv"
        with open(path, encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        counts.append(len(rows))
        for row in rows:
            code, name = row["code"], " ".join(row["name"].split())
            parts = code.split(".")
            if [len(p) for p in parts] != [2, 2, 2, 4][: level + 1] or not all(p.isascii() and p.isdigit() for p in parts):
                fail(f"{path}: {code} is not a code of this level")
            if parent and (row[parent] != code.rpartition(".")[0] or row[parent] not in names):
                fail(f"{path}: {code} has no parent {row[parent]}")
            if code in names or not name:
                fail(f"{path}: {code} is there twice or has no name")
            names[code] = name
    return names, tuple(counts)


def under(code, parents):
    """The one of `parents` that is `code` or above it, or None."""
    parts = code.split(".")
    return next((p for p in (".".join(parts[: i + 1]) for i in range(len(parts))) if p in parents), None)


def make_rows(names):
    """Rows (code, name, first day, end, code before), sorted."""
    rows = []
    for code, name in names.items():
        province = code[:2]
        if province not in NEW_PROVINCES:
            rows.append((code, name, "", "", ""))
            continue
        old_province, first_day, _ = NEW_PROVINCES[province]
        regency = under(code, MOVED)
        if code == province:
            rows.append((code, name, first_day, "", old_province))
            continue
        if regency is None:
            fail(f"{code} is in a new province but its regency is not known to have moved")
        old = MOVED[regency] + code[len(regency) :]
        if old in names:
            fail(f"{old}, the code before of {code}, is in use today")
        rows.append((code, name, first_day, "", old))
        rows.append((old, name, "", first_day, ""))
    return sorted(rows)


def write(rows, path):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(HEADER)
        out.write(f"berdaya-regions\t1\t{len(rows)}\n")
        for code, name, first_day, end, before in rows:
            row = [code.replace(".", ""), name, first_day, end, before.replace(".", "")]
            out.write("\t".join(row).rstrip("\t") + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=pathlib.Path, help="the package's folder data/")
    parser.add_argument("target", type=pathlib.Path, help="file to write")
    parser.add_argument("--any-counts", action="store_true", help="do not compare the counts with those of the known release")
    arguments = parser.parse_args()
    names, counts = read_names(arguments.source)
    if counts != EXPECTED and not arguments.any_counts:
        fail(f"counts are {counts}, expected {EXPECTED}: if this is a newer release, check its changes and then set EXPECTED")
    rows = make_rows(names)
    write(rows, arguments.target)
    print(f"{arguments.target}: {counts} today, {len(rows)} rows with the codes of before")


if __name__ == "__main__":
    main()
