"""Weights: state dicts of skipcat, torchvision and timm, in and out of files."""
