"""Precision and compilation: what a recipe asks of the device, checked before a run begins."""

import os
from importlib.util import find_spec
from shutil import which

import torch

from skipcat.errors import RecipeError
from skipcat.training.recipe import Recipe


def is_mixed(recipe: Recipe, device: torch.device) -> bool:
    """Tell whether to compute in float16 where that is safe.

    Raises:
        RecipeError: it was asked for, and the device is slower with it than without.
    """
    if recipe.precision == "mixed" and device.type != "cuda":
        raise RecipeError(
            f"precision is 'mixed', which needs a CUDA device; training runs on {device.type}, "
            "where float32 is faster."
        )
    return device.type == "cuda" and recipe.precision != "float32"


def check_steps(recipe: Recipe, device: torch.device) -> None:
    """Check that steps can be computed as the recipe has it, before anything is begun.

    Raises:
        RecipeError: they cannot on this device, or there is no compiler.
    """
    is_mixed(recipe, device)
    if not recipe.compile:
        return
    if device.type == "cuda":
        found, needed = find_spec("triton") is not None, "triton"
    else:
        compilers = (os.environ.get("CXX"), "c++", "g++", "clang++", "cl")
        found, needed = any(map(which, filter(None, compilers))), "a C++ compiler such as g++"
    if not found:
        raise RecipeError(
            f"compile needs {needed}, and there is none here; install it, or leave compile out."
        )
