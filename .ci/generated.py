"""Call every exported function, constructor and method with generated arguments.

`generated.py [--examples N] [--seed N] [NAME ...]`

The rule: whatever a caller gives, the result is finite and of its documented shape, or a
ValueError, TypeError or FileNotFoundError names the argument that is wrong; and what was given
stays as it was. Arguments are first made right, from annotations, comments and defaults, and by
`makers.py` where these cannot tell; then one of them is made wrong. `make test` tries a few of
each; by hand, try thousands. Ends with `N passed, N failed`.
"""

import argparse
import contextlib
import copy
import importlib
import inspect
import math
import os
import pkgutil
import re
import sys
import tempfile
import traceback
import types
import typing
import warnings
from collections.abc import Mapping
from pathlib import Path

os.environ |= dict(
    HF_HUB_OFFLINE="1",
    IN_TEST="1",
    MPLBACKEND="agg",
    TOKENIZERS_PARALLELISM="false",
    OMP_NUM_THREADS="1",
)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from makers import CHANGED, EXAMPLES, MODELS, UNTRIED
from torch import Tensor, nn

import genmodels
from genmodels.checks import _agrees, _comments, _sizes

# What takes the words of a command line, answers of any kind, or matplotlib's objects;
# these have tests of their own
ASIDE = {
    "recipes",
    "image_recipes",
    "text_recipes",
    "benchmarks",
    "demo",
    "cli",
    "recipe_commands",
    "commands",
    "console",
    "exercises",
    "figures",
    "generators",
}


class Target:
    "A function, a constructor or a method, with what its definition says of its arguments"

    def __init__(self, name, call, code=None):
        self.name, self.call = name, call
        self.signature = inspect.signature(call)
        self.parameters = self.signature.parameters
        self.comments = _comments(inspect.unwrap(code or call))

    def __call__(self, given):
        bound = self.signature.bind_partial()
        bound.arguments |= {
            name: given[name] for name in self.parameters if name in given
        }
        return self.call(*bound.args, **bound.kwargs)


def targets():
    "All that genmodels exports, in order; methods of models on an instance of theirs"
    for module in pkgutil.iter_modules(genmodels.__path__):
        if module.name[0] == "_" or module.name in ASIDE:
            continue
        inside = importlib.import_module(f"genmodels.{module.name}")
        for name in inside.__all__:
            thing, full = getattr(inside, name), f"{module.name}.{name}"
            if inspect.isfunction(thing) and full not in UNTRIED:
                yield Target(full, thing)
            if not inspect.isclass(thing) or not thing.__module__.startswith(
                "genmodels"
            ):
                continue
            if "__init__" in vars(thing):
                yield Target(full, thing, thing.__init__)
            for method in methods(thing) if name in MODELS else []:
                if f"{full}.{method}" in UNTRIED:
                    continue
                yield Target(
                    f"{full}.{method}",
                    getattr(MODELS[name](), method),
                    getattr(thing, method),
                )


def methods(cls):
    "Public methods that a class defines itself, `forward` among them"
    return [
        name
        for name, thing in vars(cls).items()
        if inspect.isfunction(thing) and name[0] != "_"
    ]


def right(r, target):
    "Arguments that are as they should be"
    given, sizes = EXAMPLES.get(target.name, lambda r: {})(r), {}
    for name, p in target.parameters.items():
        if (
            name in given
            or p.default is not p.empty
            or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ):
            continue
        given[name] = plain(r, p, target.comments.get(name, ""), sizes)
        if type(given[name]) is int:
            sizes[name] = given[name]
    return given, sizes


def plain(r, p, comment, sizes):
    "A value by annotation and comment"
    kinds = (
        typing.get_args(p.annotation)
        if typing.get_origin(p.annotation) in (types.UnionType, typing.Union)
        else (p.annotation,)
    )
    kind = kinds[0]
    if kind is Tensor:
        return tensor(r, comment, sizes)
    if kind is bool:
        return r.random() < 0.5
    if kind is int:
        return r.randint(1, 4)
    if kind is float:
        return r.uniform(0.1, 0.9)
    if kind in MODELS:
        return MODELS[kind]()
    if isinstance(kind, type) and kind.__name__ in MODELS:
        return MODELS[kind.__name__]()
    if kind is torch.Generator:
        return torch.Generator().manual_seed(r.randint(0, 99))
    raise LookupError(
        f"no right value is known for {p}: add the function to EXAMPLES in makers.py"
    )


def tensor(r, comment, sizes):
    "A tensor of the documented shape and type"
    shape = []
    for size in _sizes(comment) or ["N", "M"]:
        found = re.fullmatch(r"(\d*) ?([A-Za-z]\w*|)", size)
        if size[0] in ".*":
            shape += [2] * r.randint(0, 1)
        elif found:
            shape.append(
                int(found[1] or 1)
                * (sizes.setdefault(found[2], r.randint(2, 4)) if found[2] else 1)
            )
        else:
            shape.append(2)
    noise = torch.Generator().manual_seed(r.randint(0, 10**6))
    if "int64" in comment or "integer" in comment:
        return torch.randint(0, 2, shape, generator=noise)
    if "bool" in comment or "True" in comment:
        return torch.rand(shape, generator=noise) < 0.7
    if "[0, 1]" in comment:
        return torch.rand(shape, generator=noise)
    return torch.randn(shape, generator=noise)


def wrong(r, value):
    "Something else in place of a value"
    return r.choice(odd_for_all() + odd_variants(r, value))


def odd_for_all():
    "Values that are wrong in place of most"
    return [
        None,
        math.nan,
        math.inf,
        -1,
        0,
        2.5,
        "",
        "ü🙂",
        [],
        (),
        {},
        np.ones(3),
        torch.ones(0),
        object(),
        True,
        -math.inf,
    ]


def odd_variants(r, value):
    "Values made from a right one, each wrong in some way"
    if isinstance(value, Tensor):
        return odd_tensors(r, value)
    if isinstance(value, (bool, int, float)):
        return odd_numbers(value)
    if isinstance(value, str):
        return ["a" * 300, value.upper(), value + "?"]
    if isinstance(value, (list, tuple)):
        return odd_sequences(value)
    return []


def odd_tensors(r, value):
    "Variants of a tensor: other types, shapes and contents, the likelier ones repeated"
    some = value.clone()
    if some.numel() and some.is_floating_point():
        some.view(-1)[0] = r.choice([math.nan, math.inf, -math.inf, 1e38])
    odd = [
        value.numpy(force=True),
        value[None],
        value[..., None],
        value[:0] if value.dim() else value[None][:0],
        value.to(torch.int32),
    ]
    odd += [
        value.double(),
        value.half(),
        value.bool(),
        -value.float() - 1,
        value.float() * 1e30,
        some,
        value.to(torch.complex64),
    ] * 2
    odd += [torch.cat([value, value])] * 3 if value.dim() else []
    odd += [value[..., :-1]] * 2 if value.dim() and value.shape[-1] > 1 else []
    return odd


def odd_numbers(value):
    "Variants of a number: others, and the same in another type"
    return [
        value + 1,
        -value - 1,
        np.float64(value),
        np.int64(value if math.isfinite(value) else 0),
        1e300,
        float(value),
        0.0,
    ]


def odd_sequences(value):
    "Variants of a list or tuple: emptied, doubled, with a wrong item, or an iterator"
    return [
        list(value)[:0],
        [None, *value],
        [*value, math.nan],
        [*value, *value],
        iter(list(value)),
    ]


def bundled(target, name):
    "Is it *arguments or **options?"
    return target.parameters[name].kind in (
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    )


def spoilt(r, target, name, value):
    "An argument made wrong; of several in one, the first"
    if not bundled(target, name):
        return wrong(r, value)
    if isinstance(value, dict):
        return value | {key: wrong(r, part) for key, part in [*value.items()][:1]}
    return (wrong(r, value[0]), *value[1:])


def own(error):
    "Is it an error of a function that we passed in?"
    while error.__cause__:
        error = error.__cause__
    return traceback.extract_tb(error.__traceback__)[-1].filename.endswith("makers.py")


def judge(target, given, sizes, name):
    "What is wrong with a call of which one argument, or none, was made wrong"
    before = {n: copied(value) for n, value in given.items()}
    torch.manual_seed(0)
    try:
        result = settled(target(given))
    except (ValueError, TypeError, FileNotFoundError) as error:
        if name is None:
            return f"right arguments were refused: {type(error).__name__}: {error}"
        if own(error) or bundled(target, name):
            return None
        if not re.search(rf"\b{name.removesuffix('s')}s?\b", str(error)):
            return f"{type(error).__name__} does not name {name}: {error}"
        return None
    except Exception as error:
        return None if own(error) else f"{type(error).__name__}: {error}"
    comment = target.comments.get("return", "")
    if not finite(result) and not re.search("inf|NaN", comment):
        return f"the result is not finite: {result!r:.80}"
    expected = _sizes(comment)
    if (
        isinstance(result, Tensor)
        and expected
        and not _agrees(tuple(result.shape), expected, sizes if name is None else {})
    ):
        return (
            f"the result has the shape {tuple(result.shape)}, documented as {comment!r}"
        )
    changed = [n for n, value in given.items() if not same(before[n], value)]
    if changed and target.name not in CHANGED:
        return f"{', '.join(changed)} changed"


def settled(result):
    "A result with what it promises: the items of a generator, the body of a context"
    if hasattr(result, "__enter__") and not isinstance(result, Tensor):
        with result:
            return None
    return (
        [item for item, _ in zip(result, range(20))]
        if inspect.isgenerator(result)
        else result
    )


def finite(result):
    if isinstance(result, Tensor):
        return not result.is_floating_point() or bool(result.isfinite().all())
    if isinstance(result, np.ndarray):
        return result.dtype.kind not in "fc" or bool(np.isfinite(result).all())
    if isinstance(result, Mapping):
        return all(map(finite, result.values()))
    if isinstance(result, (tuple, list)) and not hasattr(result, "_fields"):
        return all(map(finite, result))
    return not isinstance(result, float) or math.isfinite(result)


def copied(value):
    if isinstance(value, nn.Module):
        return copy.deepcopy(value.state_dict())
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def same(before, value):
    "Is a value as it was before the call?"
    if isinstance(value, nn.Module):
        return all(same(w, value.state_dict().get(n)) for n, w in before.items())
    if isinstance(value, Tensor):
        return before.shape == value.shape and torch.equal(
            torch.nan_to_num(before), torch.nan_to_num(value)
        )
    if isinstance(value, np.ndarray):
        return np.array_equal(before, value, equal_nan=value.dtype.kind == "f")
    if isinstance(value, Mapping):
        return before.keys() == value.keys() and all(
            same(before[n], v) for n, v in value.items()
        )
    if isinstance(value, (list, tuple)):
        return len(before) == len(value) and all(map(same, before, value))
    return True


def trial(target, r):
    "One call: its arguments as they should be, or one of them wrong"
    options = {
        name: p.default
        for name, p in target.parameters.items()
        if p.default is not p.empty
    }
    with (
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
    ):
        warnings.simplefilter("ignore")
        given, sizes = right(r, target)
        name = r.choice([None, *given, *given, *options])
        if name is not None:
            given[name] = spoilt(r, target, name, (options | given)[name])
        complaint = judge(target, given, sizes, name)
    assert not complaint, (
        f"{target.name}({', '.join(f'{n}={shown(v)}' for n, v in given.items())})\n   "
        f" {complaint}"
    )


def shown(value):
    return (
        f"{value.dtype}{tuple(value.shape)}"
        if isinstance(value, Tensor)
        else f"{value!r:.60}"
    )


def read_options():
    "The options of the command line"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names",
        nargs="*",
        help="parts of the names of what is called; default: everything",
    )
    parser.add_argument("--examples", type=int, default=15, help="calls of each")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def complaint_about(target, options):
    "What is wrong with a target after calls with generated arguments, or None"
    run = given(st.randoms(use_true_random=False))(lambda r: trial(target, r))
    run = settings(
        max_examples=options.examples,
        database=None,
        deadline=10_000,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )(run)
    try:
        seed(options.seed)(run)()
    except KeyboardInterrupt:
        raise
    except AssertionError as error:
        return f"{error}".split("\nFalsifying")[0]
    except BaseException as error:
        return f"{target.name}: {type(error).__name__}: {error}"
    return None


def main():
    "Try every target that is asked for, print what is wrong, and count"
    options = read_options()
    torch.set_num_threads(1)
    passed = failed = 0
    for target in targets():
        if options.names and not any(name in target.name for name in options.names):
            continue
        complaint = complaint_about(target, options)
        if complaint is None:
            passed += 1
            continue
        failed += 1
        print(complaint, flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
