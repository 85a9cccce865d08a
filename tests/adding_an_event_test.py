#!/usr/bin/env python3
"""Applies the patch of docs/adding-an-event.md to a copy of the tree, builds it and runs the new test and those of the contracts.

  adding_an_event_test.py SOURCE BUILD_TYPE_FLAGS...

At most 3 existing files and 20 of their lines may change: if adding an event takes more, mend the design, not this number.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

MAX_FILES = 3
MAX_LINES = 20


def changes(patch):
    """Existing files that the patch touches, and how many lines it adds to or takes from them."""
    files, lines = 0, 0
    for part in re.split(r"^diff --git ", patch, flags=re.M)[1:]:
        if "new file mode" in part:
            continue
        files += 1
        lines += sum(1 for l in part.splitlines() if re.match(r"[+-](?![+-]{2} )", l))
    return files, lines


def run(command, cwd):
    result = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout[-6000:]}")
    return result.stdout


def main():
    source, flags = sys.argv[1], sys.argv[2:]
    with open(os.path.join(source, "docs/adding-an-event.md"), encoding="utf-8") as page:
        patch = re.search(r"^```diff\n(.*?)^```$", page.read(), flags=re.M | re.S).group(1)
    files, lines = changes(patch)
    print(f"existing files {files} (at most {MAX_FILES}), lines of theirs {lines} (at most {MAX_LINES})")
    if files > MAX_FILES or lines > MAX_LINES:
        sys.exit("adding an event has become a larger change than it may be")
    with tempfile.TemporaryDirectory(prefix="berdaya-event-") as tree:
        tracked = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], source).split("\0")
        for name in filter(None, tracked):
            if not os.path.exists(os.path.join(source, name)):
                continue
            os.makedirs(os.path.dirname(os.path.join(tree, name)) or tree, exist_ok=True)
            shutil.copy2(os.path.join(source, name), os.path.join(tree, name))
        subprocess.run(["patch", "-p1", "--quiet", "--fuzz=0"], cwd=tree, input=patch, text=True, check=True)
        # The same compiler cache as the build, whatever the folder.
        os.environ.update(CCACHE_BASEDIR=tree, CCACHE_NOHASHDIR="1")
        run(["cmake", "-S", ".", "-B", "build/release", "-G", "Ninja", *flags], tree)
        run(["cmake", "--build", "build/release", "--target", "registry_service_test", "contracts_test"], tree)
        out = run([os.path.join(tree, "build/release/services/registry/registry_service_test"), "--gtest_filter=PendampingVisited.*"], tree)
        print(out[-600:])
        if "2 tests ran" not in out and "[  PASSED  ] 2 tests" not in out:
            sys.exit("the new event's tests did not run")
        run([os.path.join(tree, "build/release/tests/contracts/contracts_test")], tree)


if __name__ == "__main__":
    main()
