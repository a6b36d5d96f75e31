"""Every kind of thing that the doctor finds: how serious it is, and what it means."""

from dataclasses import dataclass
from typing import Literal

from skipcat.text.translation import Message


@dataclass(frozen=True)
class Kind:
    """One kind of finding; `words` say what happens to the images, and what a person can do.

    `title` and `words` are extracted for translation.
    """

    severity: Literal["refused", "care", "look"]
    title: str
    words: str


KINDS: dict[str, Kind] = {
    "zero-bytes": Kind("refused", "empty files", "They hold no byte; get them again."),
    "truncated": Kind("refused", "cut short", "The end is missing; get them again."),
    "damaged": Kind("refused", "damaged", "They cannot be decoded; get them again."),
    "web-page": Kind(
        "refused", "web pages saved as images", "A download failed; get the images again."
    ),
    "no-image": Kind(
        "refused", "no images, whatever their names say", "Convert them to JPEG or PNG."
    ),
    "too-many-pixels": Kind(
        "refused",
        "more pixels than allowed",
        "They were refused before they were decoded, since a small file can fill the memory; "
        "shrink them if they are meant.",
    ),
    "no-permission": Kind("refused", "not readable by you", "Change their permissions."),
    "broken-link": Kind("refused", "links to nothing", "What they point to is gone."),
    "link-loop": Kind("refused", "links in a circle", "They lead back to themselves."),
    "no-file": Kind("refused", "no ordinary files", "Pipes, sockets and devices are not read."),
    "unreadable": Kind("refused", "not readable", "The system refuses to read them."),
    "unreadable-folder": Kind("refused", "folders that cannot be read", "Their images are unseen."),
    "no-image-name": Kind(
        "refused", "no images by their names", "Only files with an image's suffix are looked at."
    ),
    "outside": Kind("refused", "images outside the class folders", "Nobody says what they show."),
    "beside": Kind(
        "refused", "folders beside train/, val/ and test/", "They belong to no part and are unused."
    ),
    "excluded": Kind("refused", "excluded by you", "They stand in your list."),
    "left-out": Kind("refused", "left out", "They take no part."),
    "leak": Kind(
        "refused",
        "also in the validation or test part",
        "The copies are left out of what comes before, or figures would flatter.",
    ),
    "wrong-suffix": Kind(
        "care", "another format than the name says", "They are read by their content."
    ),
    "grey": Kind("care", "grey among colour", "They are used as colour images without colour."),
    "colour": Kind("care", "colour among grey", "All images are used as colour images."),
    "palette": Kind("care", "with a palette", "They become colour images."),
    "transparent": Kind("care", "transparent", "They are laid on white."),
    "cmyk": Kind("care", "in printing colours (CMYK)", "They become RGB without their profile."),
    "deep": Kind("care", "16 bits a channel or more", "They are scaled to 8 bits."),
    "animated": Kind("care", "animations or several pages", "The first picture is taken."),
    "turned": Kind("care", "turned by a camera's note (EXIF)", "They are turned upright."),
    "tiny": Kind("look", "tiny", "A quarter of the usual side or less; they are enlarged."),
    "extreme-aspect": Kind(
        "look", "very long or very high", "Fitted into a square, little of them is left."
    ),
    "blank": Kind("look", "blank", "One colour from edge to edge: nothing can be learnt."),
    "exact-across-parts": Kind(
        "look",
        "equal files in several parts",
        "A copy in training makes a test flatter; skipcat trains on none of them.",
    ),
    "near-across-parts": Kind(
        "look",
        "near duplicates in several parts",
        "The same picture, encoded or scaled anew; skipcat does not train on the copies.",
    ),
    "exact-across-classes": Kind(
        "look", "equal files in several classes", "At most one of the labels is the right one."
    ),
    "near-across-classes": Kind(
        "look", "near duplicates in several classes", "At most one of the labels is the right one."
    ),
    "exact-duplicate": Kind(
        "look", "equal files in one class", "They count twice; they stay on one side of a split."
    ),
    "near-duplicate": Kind(
        "look",
        "near duplicates in one class",
        "The same picture, encoded or scaled anew; they stay on one side of a split.",
    ),
    "one-class": Kind("refused", "all images are of one class", "A classifier needs two classes."),
    "empty-class": Kind("refused", "classes without a usable image", "They are no classes so."),
    "untrained-class": Kind(
        "refused", "classes that train/ lacks", "Nothing can be learnt about them."
    ),
    "one-image-class": Kind(
        "look", "classes with a single image", "It can be learnt or tested, not both."
    ),
    "imbalance": Kind(
        "look",
        "classes of very unequal size",
        "Small classes are learnt and judged worse; --balance sampling of fit and train helps.",
    ),
    "odd-name": Kind("look", "odd names", "Other systems and programs may stumble over them."),
    "name-clash": Kind(
        "look",
        "names that look the same",
        "They differ in case, spaces or the spelling of accents only; elsewhere they may be one.",
    ),
    "suspicious-label": Kind(
        "look", "labels that a network doubts", "Look at them, the most doubtful first."
    ),
}

# What an index leaves out, in its words.
OF_REASONS: dict[str, str] = {
    Message("no image by its name"): "no-image-name",
    Message("an image outside the class folders"): "outside",
    Message("a folder beside train/, val/ and test/"): "beside",
    Message("a folder that cannot be read"): "unreadable-folder",
    Message("a class folder without images"): "empty-class",
    Message("excluded by you"): "excluded",
    Message("also in the validation or test part"): "leak",
    Message("in the validation part, but also in the test part"): "leak",
}
