"""One image, from whatever the user has, to pixels: Pillow decodes, everywhere.

Photographs are turned as their EXIF orientation says, transparent images are laid on white,
16-bit grey is scaled to 8 bits, of an animation the first frame is taken.
"""

import errno
import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR, S_ISREG

import numpy as np
from PIL import Image, UnidentifiedImageError

from skipcat.data.header import Look, look_at, read_orientation
from skipcat.errors import DataError

ImageLike = str | Path | Image.Image | np.ndarray

# What Pillow itself calls a likely decompression bomb; it warns there, and we refuse.
LARGEST_PIXELS = 89_478_485

_PIECE = 1 << 22  # pixels that are converted at a time, since that takes up to 16 bytes for each

_TOO_LARGE = f"it has more than the {LARGEST_PIXELS:,} pixels allowed; it was not decoded."
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SUFFIXES = frozenset(
    ".jpg .jpeg .png .bmp .gif .tif .tiff .webp .ppm .pgm .pbm .jfif .avif".split()
)


def read_image(source: ImageLike, channels: int = 3, *, least_px: int | None = None) -> Image.Image:
    """Return one image upright, in mode "RGB" (3 channels) or "L" (1 channel).

    With `least_px` a JPEG file is decoded at the smallest fraction of its size whose sides are
    still that long: to be shown, not to be judged.

    Raises:
        DataError: the file is missing, is no image, is broken, or is too large to be one.
    """
    if isinstance(source, np.ndarray):
        return _to_channels(_from_array(source), channels)
    if isinstance(source, Image.Image):
        return finish_image(source, channels)
    if not isinstance(source, str | Path):
        raise DataError(
            f"An image is a path, a Pillow image or a uint8 array; {type(source).__name__} was "
            "given."
        )
    path = Path(source)
    try:
        return decode_image(read_bytes(path), channels, least_px=least_px)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"Cannot read '{path}': {why}.") from error
    except DataError as error:
        raise DataError(f"Cannot use '{path}': {error}") from error


def read_bytes(path: Path) -> bytes:
    """Return a file's content; a pipe or a device, which may never end, is not opened.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    mode = path.stat().st_mode
    if S_ISDIR(mode):
        raise OSError(errno.EISDIR, "it is a folder; name the images in it")
    if not S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, and no ordinary file")
    return path.read_bytes()


def decode_image(content: bytes, channels: int = 3, *, least_px: int | None = None) -> Image.Image:
    """Decode the bytes of an image file, upright, in "RGB" or "L".

    Raises:
        DataError: the bytes are no image, are cut short, or hold more pixels than allowed.
    """
    return finish_image(open_image(content), channels, least_px=least_px)


def open_image(content: bytes) -> Image.Image:
    """Read the header of an image file.

    Raises:
        DataError: the bytes are no image, or it holds more pixels than allowed.
    """
    if not content:
        raise DataError("the file is empty (0 bytes).")
    try:
        image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError as error:
        raise DataError("it is not an image in a format that Pillow knows.") from error
    except Image.DecompressionBombError as error:
        raise DataError(_TOO_LARGE) from error
    except Exception as error:
        raise DataError(_say_damaged(error)) from error
    if image.format == "EPS":  # Pillow would run Ghostscript, and that the file's program
        raise DataError("it is PostScript, a program and no pixels; save it as PNG or JPEG.")
    if image.width * image.height > LARGEST_PIXELS:
        raise DataError(_TOO_LARGE)
    return image


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence Pillow, which warns of metadata that no pixel depends on.

    For one thread at a time: Python keeps its filters for the whole process.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def peek(path: Path) -> Look | None:
    """Return what the header of an image file says; None if it cannot be read."""
    if not path.is_file():  # a pipe would never answer
        return None
    try:
        with without_warnings(), Image.open(path) as image:
            return look_at(image)
    except Exception:  # the decoding pass says what is wrong with it
        return None


def hash_image(source: Path | np.ndarray) -> str:
    """Return 16 hexadecimal digits that name an image: of the file's bytes, or of the pixels.

    Bytes rather than decoded pixels, because JPEG decoders differ between machines.
    """
    if isinstance(source, np.ndarray):
        kind = str((source.shape, source.dtype.str)).encode()
        return hash_bytes(kind + np.ascontiguousarray(source).tobytes())
    return hash_bytes(read_bytes(source))


def hash_bytes(content: bytes) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of `content`."""
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


def finish_image(image: Image.Image, channels: int, *, least_px: int | None = None) -> Image.Image:
    """Decode, turn upright and convert an image that is open.

    With `least_px` a JPEG is decoded at the smallest fraction of its size whose sides are still
    that long: for a first look, not for training.

    Raises:
        DataError: it is damaged or cut short.
    """
    try:
        if least_px is not None:
            image.draft(None, (least_px, least_px))
        image.load()
        if 0 in image.size:
            raise DataError(f"it has no pixels: {image.width}x{image.height}.")
        turn = _TURNS.get(read_orientation(image))
        upright = image if turn is None else image.transpose(turn)
        return _to_channels(upright, channels)
    except DataError:
        raise
    except Exception as error:  # a broken file makes Pillow's decoders raise almost anything
        raise DataError(_say_damaged(error)) from error


def _say_damaged(error: Exception) -> str:
    return f"it is damaged: {' '.join(str(error).split()).rstrip('.') or type(error).__name__}."


def _to_channels(image: Image.Image, channels: int) -> Image.Image:
    if channels not in (1, 3):
        raise DataError(f"Images become 1 or 3 channels; {channels} were asked for.")
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_8_bits(image)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        return _on_white(image, "RGB" if channels == 3 else "L")
    return image.convert("RGB" if channels == 3 else "L")


def _on_white(image: Image.Image, mode: str) -> Image.Image:
    """Lay a transparent image on white, some rows at a time: the way takes 16 bytes a pixel."""
    paper = Image.new(mode, image.size)
    step = max(1, _PIECE // image.width)
    for top in range(0, image.height, step):
        box = (0, top, image.width, min(top + step, image.height))
        layer = image.crop(box).convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        paper.paste(Image.alpha_composite(white, layer).convert(mode), box)
    return paper


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale grey of more than 8 bits to 0..255; Pillow's own convert() would clip at 255.

    Of 32-bit images only the values tell whether they go up to 1 (floats), 255, 65,535 or above.
    """
    values = np.asarray(image)
    pieces = np.array_split(values.reshape(-1), -(-values.size // _PIECE))
    most = max(float(_finite(piece).max()) for piece in pieces)
    tops = {"I": (255.0, 65535.0), "F": (1.0, 255.0, 65535.0)}.get(image.mode, (65535.0,))
    top = next((top for top in tops if most <= top), most)
    scaled = np.concatenate([_scale(piece, 255.0 / top) for piece in pieces])
    return Image.fromarray(scaled.reshape(values.shape))


def _scale(values: np.ndarray, factor: float) -> np.ndarray:
    return np.clip(np.rint(_finite(values) * factor), 0, 255).astype(np.uint8)


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
