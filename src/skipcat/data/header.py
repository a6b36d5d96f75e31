"""What the header of an image file says: format, mode, size, and what is unusual in it."""

from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "F"})


@dataclass(frozen=True, slots=True)
class Look:
    """One image as its header describes it; `width` and `height` are as they are stored."""

    format: str
    mode: str
    width: int
    height: int
    deep: bool = False  # more than 8 bits a channel
    transparent: bool = False
    animated: bool = False  # or several pages
    orientation: int = 1  # 1 to 8, of EXIF

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height as a person sees them; Pillow has turned a TIFF's already."""
        turned = self.orientation >= 5 and self.format != "TIFF"
        return (self.height, self.width) if turned else (self.width, self.height)

    @property
    def grey(self) -> bool:
        """Whether the file stores no colour."""
        return self.mode in GREY_MODES or self.mode.startswith("I;")


def look_at(source: Image.Image | np.ndarray) -> Look | None:
    """Return what the header of an image just opened says; None where it is too damaged to tell."""
    if isinstance(source, np.ndarray):
        grey = source.ndim == 2 or source.shape[2] == 1
        mode = "L" if grey else "RGBA" if source.shape[2] == 4 else "RGB"
        return Look("array", mode, source.shape[1], source.shape[0], transparent=mode == "RGBA")
    try:
        return Look(
            format=source.format or "",
            mode=source.mode,
            width=source.width,
            height=source.height,
            deep=_is_deep(source),
            transparent="transparency" in source.info or source.mode in ("RGBA", "LA", "PA"),
            animated=_is_animated(source),
            orientation=read_orientation(source),
        )
    except Exception:  # the decoding pass says what is wrong with it
        return None


def _is_deep(image: Image.Image) -> bool:
    """Tell 16 bits and more, which Pillow hides for colour: only the decoder's order names them."""
    given = [tile[3] for tile in getattr(image, "tile", ())]
    words = [str(w) for one in given for w in (one if isinstance(one, tuple) else (one,))]
    return image.mode.startswith(("I", "F")) or any("16" in word for word in words)


def _is_animated(image: Image.Image) -> bool:
    # Phones keep a second, smaller picture in their JPEGs (MPO); nobody calls that an animation.
    return image.format != "MPO" and bool(getattr(image, "is_animated", False))


def read_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; upright where the metadata are too damaged to tell."""
    try:
        value = int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged metadata; the pixels may be whole all the same
        return 1
    return value if 1 <= value <= 8 else 1
