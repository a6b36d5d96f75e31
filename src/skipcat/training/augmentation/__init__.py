"""Augmentation: random crops, flips, colours; mixup, CutMix, random erasing."""
