"""Random true captions of figures, and captions that are wrong in one attribute.

Captions consist of a-z, spaces and hyphens. Any attribute may be left out; what is said is true.
As among people, silence about a pattern means that there is none: a striped shirt is seldom called
just a shirt. So a wish for "a blue top" is one for a plain blue top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .attributes import LOWERS, NECKLINES, SLEEVES, Attributes
from .palette import COLOUR_NAMES
from .patterns import PATTERN_NAMES

_TELLABLE = ("colour", "pattern", "sleeve", "neckline", "lower_colour", "lower", "hair")
_COUNT_ODDS = (0.04, 0.24, 0.30, 0.24, 0.18)
"""Odds of naming 0, 1, 2, 3 or all of colour, pattern, sleeve, neckline."""
_PATTERN_TOLD, _PLAIN_TOLD = 0.92, 0.4
"""Share of the patterned figures whose pattern must be told, of the plain ones that may be."""

_SLEEVE_WORDS: dict[str, tuple[str, ...]] = {
    "sleeveless": ("sleeveless",),
    "short": ("short sleeve", "short sleeved", "short-sleeved"),
    "long": ("long sleeve", "long sleeved", "long-sleeved"),
}
_SLEEVE_TAILS: dict[str, tuple[str, ...]] = {
    "sleeveless": ("without sleeves", "with no sleeves"),
    "short": ("with short sleeves",),
    "long": ("with long sleeves",),
}
_NECK_WORDS: dict[str, tuple[str, ...]] = {
    "round": ("round neck", "crew neck", "scoop neck"),
    "v": ("v-neck", "v neck"),
    "turtleneck": ("turtleneck", "high neck", "turtle neck"),
    "collar": ("collared", "button-up", "buttoned"),
}
_NECK_TAILS: dict[str, tuple[str, ...]] = {
    "round": ("with a round neckline", "with a crew neck", "with a round neck"),
    "v": ("with a v-neck", "with a v neckline", "with a v-neckline"),
    "turtleneck": ("with a turtleneck", "with a high neck", "with a turtle neck"),
    "collar": ("with a collar", "with a collar and buttons", "with a shirt collar"),
}
_PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "solid": ("plain", "solid", "plain"),
    "horizontal stripes": ("horizontally striped", "horizontal striped", "horizontal stripe"),
    "vertical stripes": ("vertically striped", "vertical striped", "pinstriped", "pinstripe"),
    "checks": ("checked", "checkered", "plaid", "gingham"),
    "dots": ("polka dot", "dotted", "polka-dot", "spotted"),
}
_PATTERN_NOUNS: dict[str, tuple[str, ...]] = {
    "horizontal stripes": ("horizontal stripes",),
    "vertical stripes": ("vertical stripes", "pinstripes"),
    "checks": ("checks", "squares"),
    "dots": ("dots", "polka dots", "spots"),
}
_PEOPLE = ("person", "person", "woman", "model", "girl", "lady")
_VERBS = ("wearing", "wearing", "in", "dressed in", "who wears", "with")


@dataclass(frozen=True)
class _Plan:
    """What a caption tells, and how plainly."""

    told: frozenset[str]
    explicit: bool
    """Whether vague words ("striped") and telling nouns ("t-shirt") are to be avoided."""
    need_second: bool
    """Whether the second colour must be named."""


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _known(attributes: Attributes) -> list[str]:
    return [n for n in _TELLABLE if getattr(attributes, n) is not None]


def _random_plan(attributes: Attributes, rng: np.random.Generator, must: frozenset[str]) -> _Plan:
    explicit = bool(must)
    main = [n for n in ("colour", "pattern", "sleeve", "neckline") if n in _known(attributes)]
    patterned = attributes.pattern not in (None, "solid")
    if patterned and rng.random() < _PATTERN_TOLD:
        must |= {"pattern"}
    if attributes.pattern == "solid" and rng.random() > _PLAIN_TOLD:
        main.remove("pattern")
    count = int(rng.choice(len(_COUNT_ODDS), p=_COUNT_ODDS))
    weights = np.array([1.6 if n == "colour" else 1.0 for n in main])
    told: set[str] = set()
    if main and count:
        chosen = rng.choice(
            len(main), size=min(count, len(main)), replace=False, p=weights / weights.sum()
        )
        told = {main[int(i)] for i in chosen}
    if attributes.lower is not None and rng.random() < 0.28:
        told |= {"lower", "lower_colour"} if rng.random() < 0.85 else {"lower"}
    if attributes.hair is not None and rng.random() < 0.08:
        told.add("hair")
    told |= must
    return _Plan(frozenset(told), explicit, False)


def _noun(attributes: Attributes, plan: _Plan, rng: np.random.Generator) -> tuple[str, bool]:
    """A true noun for the garment, and whether it already tells the sleeves."""
    if attributes.dress is None:
        return "outfit", False
    if attributes.dress:
        return "dress", False
    sleeve, neckline = attributes.sleeve, attributes.neckline
    if "sleeve" not in plan.told or sleeve is None:
        words = ["top", "top"]
        if sleeve in ("short", "long"):
            words += ["shirt", "shirt", "blouse"]
        if not plan.explicit and sleeve == "long" and neckline != "collar":
            words += ["sweater", "jumper"]
        return _pick(rng, tuple(words)), False
    if sleeve == "sleeveless":
        noun = _pick(rng, ("tank top", "top", "top", "blouse", "vest"))
        return noun, noun == "tank top" and (not plan.explicit or rng.random() < 0.6)
    if sleeve == "short":
        if neckline in ("round", "v") and rng.random() < 0.55:
            return _pick(rng, ("t-shirt", "t-shirt", "tee")), rng.random() < 0.6
        return _pick(rng, ("shirt", "top", "blouse")), False
    words_long = ("shirt", "shirt", "top", "blouse")
    if neckline != "collar":
        words_long = (*words_long, "sweater", "sweater", "jumper")
    return _pick(rng, words_long), False


def _pattern_phrase(
    attributes: Attributes, plan: _Plan, rng: np.random.Generator
) -> tuple[str, str]:
    """Words for colour and pattern: what stands before the noun and what follows it."""
    colour = (attributes.colour or "") if "colour" in plan.told else ""
    pattern, second = attributes.pattern, attributes.second_colour
    if "pattern" not in plan.told or pattern is None:
        return colour, ""
    if pattern == "solid":
        return f"{_pick(rng, _PATTERN_WORDS[pattern])} {colour}", ""
    striped = pattern.endswith("stripes")
    if plan.need_second or rng.random() < 0.5:
        nouns = _PATTERN_NOUNS[pattern]
        if striped and not plan.explicit and rng.random() < 0.35:
            nouns = ("stripes",)
        name_second = second is not None and (plan.need_second or rng.random() < 0.6)
        tint = f"{second} " if name_second else ""
        if pattern == "checks" and not name_second and rng.random() < 0.4:
            return colour, "with a checked pattern"
        return colour, f"with {tint}{_pick(rng, nouns)}"
    words = _PATTERN_WORDS[pattern]
    if striped and not plan.explicit and rng.random() < 0.4:
        words = ("striped", "stripy")
    both = colour and second is not None and second != colour and rng.random() < 0.45
    tone = f"{colour} and {second}" if both else colour
    return f"{tone} {_pick(rng, words)}", ""


def _lower_phrase(attributes: Attributes, plan: _Plan, rng: np.random.Generator) -> str:
    if attributes.lower is None or not plan.told & {"lower", "lower_colour"}:
        return ""
    colour = (attributes.lower_colour or "") if "lower_colour" in plan.told else ""
    if attributes.lower == "skirt":
        noun = _with_article(f"{colour} skirt")
    else:
        noun = f"{colour} {_pick(rng, ('trousers', 'pants'))}"
    return f"{_pick(rng, ('and', 'with', 'and'))} {noun}"


def _with_article(phrase: str) -> str:
    words = " ".join(phrase.split())
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _joined_tails(tails: list[str], rng: np.random.Generator) -> str:
    kept = [t for t in tails if t]
    rng.shuffle(kept)
    text = " ".join(kept)
    # "with a v-neck with dots" reads better as "with a v-neck and dots".
    head, separator, rest = text.partition(" with ")
    return f"{head} and {rest}" if separator and head.startswith("with ") else text


def _garment_phrase(attributes: Attributes, plan: _Plan, rng: np.random.Generator) -> str:
    noun, tells_sleeve = _noun(attributes, plan, rng)
    before, after = _pattern_phrase(attributes, plan, rng)
    front: list[str] = []
    tails = [after]
    sleeve, neckline = attributes.sleeve, attributes.neckline
    if "sleeve" in plan.told and sleeve is not None and not tells_sleeve:
        if rng.random() < 0.75:
            front.append(_pick(rng, _SLEEVE_WORDS[sleeve]))
        else:
            tails.append(_pick(rng, _SLEEVE_TAILS[sleeve]))
    if "neckline" in plan.told and neckline is not None:
        if neckline == "turtleneck" and noun in ("top", "sweater", "jumper") and rng.random() < 0.3:
            noun = "turtleneck"
        elif rng.random() < 0.5:
            front.append(_pick(rng, _NECK_WORDS[neckline]))
        else:
            tails.append(_pick(rng, _NECK_TAILS[neckline]))
    colour_last = bool(front) and rng.random() < 0.2
    words = [*front, before, noun] if colour_last else [before, *front, noun]
    return " ".join([_with_article(" ".join(words)), _joined_tails(tails, rng)])


def _sentence(attributes: Attributes, plan: _Plan, rng: np.random.Generator) -> str:
    garment = _garment_phrase(attributes, plan, rng)
    lower = _lower_phrase(attributes, plan, rng)
    hair = attributes.hair if "hair" in plan.told else None
    bare = rng.random() < 0.22
    if bare and hair is None:
        text = f"{garment} {lower}"
        if rng.random() < 0.4:
            text = text.partition(" ")[2]
    else:
        who = _with_article(_pick(rng, _PEOPLE))
        if hair is not None:
            who = f"{who} with {hair} hair"
        verb = "wearing" if hair is not None else _pick(rng, _VERBS)
        text = f"{who} {verb} {garment} {lower}"
        if rng.random() < 0.18:
            text = f"{_pick(rng, ('a photo of', 'a picture of', 'an image of'))} {text}"
    return " ".join(text.split())


def caption(
    attributes: Attributes,
    rng: np.random.Generator,
    told: frozenset[str] | None = None,
    *,
    explicit: bool = False,
) -> str:
    """Describes a figure truthfully in one of many ways.

    Args:
        attributes: The figure's.
        rng: Source of the phrasing; advanced.
        told: Names of the attributes to tell (a subset of colour, pattern, sleeve, neckline,
            lower, lower_colour, hair; unknown ones are skipped). Chosen at random if None.
        explicit: Avoid vague words ("striped") and nouns that imply what is not told ("t-shirt").
            Only with `told`.

    Returns:
        Lower-case words and hyphens.
    """
    plan = (
        _random_plan(attributes, rng, frozenset())
        if told is None
        else _Plan(told, explicit=explicit, need_second=False)
    )
    return _sentence(attributes, plan, rng)


@dataclass(frozen=True)
class _Flip:
    """A changed figure, and what its caption must tell to be wrong."""

    attributes: Attributes
    must: frozenset[str]
    need_second: bool = False


def _other(rng: np.random.Generator, words: tuple[str, ...], *taken: str | None) -> str:
    return _pick(rng, tuple(w for w in words if w not in taken))


def _colour_flips(a: Attributes, rng: np.random.Generator) -> list[_Flip]:
    flips: list[_Flip] = []
    if a.colour is not None:
        # A checked or striped garment might pass for its second colour, hence not that one.
        colour = _other(rng, COLOUR_NAMES, a.colour, a.second_colour)
        flips += [_Flip(replace(a, colour=colour), frozenset({"colour"}))] * 3
    if a.second_colour is not None:
        told = frozenset({"colour", "pattern"})
        second = _other(rng, COLOUR_NAMES, a.second_colour, a.colour)
        flips.append(_Flip(replace(a, second_colour=second), told, need_second=True))
        if a.colour not in (None, a.second_colour) and a.pattern != "checks":
            swapped = replace(a, colour=a.second_colour, second_colour=a.colour)
            flips.append(_Flip(swapped, told, need_second=True))
    return flips


def _lower_flips(a: Attributes, rng: np.random.Generator) -> list[_Flip]:
    flips: list[_Flip] = []
    if a.lower is not None:
        flips.append(_Flip(replace(a, lower=_other(rng, LOWERS, a.lower)), frozenset({"lower"})))
    if a.lower_colour is not None:
        flip = replace(a, lower_colour=_other(rng, COLOUR_NAMES, a.lower_colour))
        flips.append(_Flip(flip, frozenset({"lower_colour"})))
        if a.colour is not None and a.lower_colour not in (a.colour, a.second_colour):
            swapped = replace(a, colour=a.lower_colour, lower_colour=a.colour)
            flips += [_Flip(swapped, frozenset({"colour", "lower_colour"}))] * 2
    return flips


def _cut_flips(a: Attributes, rng: np.random.Generator) -> list[_Flip]:
    flips: list[_Flip] = []
    if a.pattern is not None:
        pattern = _other(rng, PATTERN_NAMES, a.pattern)
        second = a.second_colour or _other(rng, ("white", "black", "yellow", "red"), a.colour)
        changed = replace(a, pattern=pattern, second_colour=None if pattern == "solid" else second)
        flips += [_Flip(changed, frozenset({"pattern"}))] * 2
        if a.pattern != "solid":
            silent = replace(a, pattern=None, second_colour=None)
            flips += [_Flip(silent, frozenset({"colour"}))] * 2
    if a.sleeve is not None:
        flip = replace(a, sleeve=_other(rng, SLEEVES, a.sleeve))
        flips += [_Flip(flip, frozenset({"sleeve"}))] * 2
    if a.neckline is not None:
        flip = replace(a, neckline=_other(rng, NECKLINES, a.neckline))
        flips += [_Flip(flip, frozenset({"neckline"}))] * 2
    if a.dress is not None:
        # Every caption names the garment, so nothing more has to be told.
        flips.append(_Flip(replace(a, dress=not a.dress, lower=None), frozenset()))
    return flips


def _flips(a: Attributes, rng: np.random.Generator) -> list[_Flip]:
    """The single changes that make a caption surely wrong, likelier ones repeated."""
    return [*_colour_flips(a, rng), *_lower_flips(a, rng), *_cut_flips(a, rng)]


def hard_negative(attributes: Attributes, rng: np.random.Generator) -> str:
    """Describes a figure that differs in one attribute, which the caption names.

    Args:
        attributes: The true ones.
        rng: Source of flip and phrasing; advanced.

    Returns:
        A caption that is false of the figure.
    """
    flips = _flips(attributes, rng)
    if not flips:
        # Nothing about this figure is certain enough to be contradicted by a single flip.
        return "an empty room"
    flip = flips[int(rng.integers(len(flips)))]
    plan = _random_plan(flip.attributes, rng, flip.must)
    return _sentence(flip.attributes, replace(plan, need_second=flip.need_second), rng)
