"""One image, from whatever the user has, to pixels: Pillow decodes, everywhere.

Photographs are turned as their EXIF orientation says, transparent images are laid on white,
16-bit grey is scaled to 8 bits, of an animation the first frame is taken.
"""

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from skipcat.errors import DataError

ImageLike = str | Path | Image.Image | np.ndarray

# What Pillow itself calls a likely decompression bomb; it warns there, and we refuse.
LARGEST_PIXELS = 89_478_485

SUFFIXES = frozenset(
    ".jpg .jpeg .png .bmp .gif .tif .tiff .webp .ppm .pgm .pbm .jfif .avif".split()
)


def read_image(source: ImageLike, channels: int = 3) -> Image.Image:
    """Give one image upright, in mode "RGB" (3 channels) or "L" (1 channel).

    Raises:
        DataError: the file is missing, is no image, is broken, or is too large to be one.
    """
    if isinstance(source, np.ndarray):
        return _to_channels(_from_array(source), channels)
    if isinstance(source, Image.Image):
        return _to_channels(ImageOps.exif_transpose(source), channels)
    path = Path(source)
    try:
        return decode_image(path.read_bytes(), channels)
    except OSError as error:
        raise DataError(f"Cannot read '{path}': {error.strerror or error}.") from error
    except DataError as error:
        raise DataError(f"Cannot use '{path}': {error}") from error


def decode_image(content: bytes, channels: int = 3) -> Image.Image:
    """Decode the bytes of an image file, upright, in "RGB" or "L".

    Raises:
        DataError: the bytes are no image, are cut short, or hold more pixels than allowed.
    """
    if not content:
        raise DataError("the file is empty (0 bytes).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of metadata that no pixel depends on
            image = Image.open(io.BytesIO(content))
            if image.width * image.height > LARGEST_PIXELS:
                raise DataError(
                    f"{image.width}x{image.height} pixels are more than the {LARGEST_PIXELS:,} "
                    "allowed; it was not decoded."
                )
            image.load()
            return _to_channels(ImageOps.exif_transpose(image), channels)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError("it is not an image in a format that Pillow knows.") from error
    except Exception as error:  # a broken file makes Pillow's decoders raise almost anything
        raise DataError(f"it is damaged: {str(error) or type(error).__name__}.") from error


def peek_size(path: Path) -> tuple[int, int, str] | None:
    """Give (width, height, mode) of an upright image from its header; None if unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                width, height = image.size
                return (height, width, image.mode) if turned else (width, height, image.mode)
    except Exception:  # the decoding pass says what is wrong with it
        return None


def hash_image(source: Path | np.ndarray) -> str:
    """Give 16 hexadecimal digits that name an image: of the file's bytes, or of the pixels.

    Bytes rather than decoded pixels, because JPEG decoders differ between machines.
    """
    if isinstance(source, np.ndarray):
        content = (
            str((source.shape, source.dtype.str)).encode() + np.ascontiguousarray(source).tobytes()
        )
    else:
        content = source.read_bytes()
    return hash_bytes(content)


def hash_bytes(content: bytes) -> str:
    """Give the first 16 hexadecimal digits of the SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()[:16]


def _from_array(array: np.ndarray) -> Image.Image:
    """Take uint8 arrays (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."""
    shape = array.shape
    if array.dtype != np.uint8:
        raise DataError(
            f"An image array has dtype {array.dtype}; uint8 with values 0 to 255 is needed."
        )
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and shape[2] in (3, 4))):
        raise DataError(
            f"An image array has shape {shape}; (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) is "
            "needed."
        )
    return Image.fromarray(np.ascontiguousarray(array))


def _to_channels(image: Image.Image, channels: int) -> Image.Image:
    if channels not in (1, 3):
        raise DataError(f"Images become 1 or 3 channels; {channels} were asked for.")
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_8_bits(image)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("RGB" if channels == 3 else "L")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit and 32-bit grey to 0..255; Pillow's own convert() would clip at 255."""
    values = np.asarray(image, dtype=np.float64)
    top = 255.0 if values.max(initial=0) <= 255 else 65535.0 if image.mode != "F" else values.max()
    return Image.fromarray(np.clip(np.rint(values * (255.0 / top)), 0, 255).astype(np.uint8))
