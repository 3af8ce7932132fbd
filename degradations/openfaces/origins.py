"""Where OpenFaces comes from: whose each set of sources is, how its licence is known, and who is on it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of one set of sources."""

    title: str
    licence: str
    why: str  # how the licence is known
    people: str  # who is on it, and what they agreed to


_WEBMORPH = "stated in the README of debruine/webmorphR.stim and in the figshare record"
_SITE = "the website's repository is dedicated to the public domain as a whole, not photograph by photograph"
_STAFF = "staff of the U.S. government, who put their portrait on its site; everyday photographs"
_CONSENT = (
    'adult volunteers in London, who agreed to use "in lab-based and web-based studies in their original or '
    'altered forms and to illustrate research"'
)
ORIGINS: Mapping[str, Origin] = {
    "neutral_front": Origin("Face Research Lab London Set, neutral", "CC-BY-4.0", _WEBMORPH, _CONSENT),
    "smiling_front": Origin("Face Research Lab London Set, smiling", "CC-BY-4.0", _WEBMORPH, _CONSENT),
    "canada": Origin(
        "Young Adult White Faces with Manipulated Versions",
        "CC-BY-4.0",
        _WEBMORPH,
        "young white adults, students; what they agreed to is not recorded here",
    ),
    "lisa": Origin("Lisa DeBruine, of herself", "CC0-1.0", "README of debruine/webmorphR.stim", "the author"),
    "zoom": Origin("Lisa DeBruine, of herself", "CC0-1.0", "README of debruine/webmorphR.stim", "the author"),
    "pif": Origin("Presidential Innovation Fellows", "CC0-1.0", _SITE, _STAFF),
    "18f": Origin("18F, U.S. General Services Administration", "CC0-1.0", _SITE, _STAFF),
    "congress225": Origin(
        "U.S. Congress, member guide of the Government Publishing Office",
        "PD-USGov",
        'unitedstates/images: the Office "has assured us that all photos are public domain"',
        "members of the U.S. Congress, older people and mostly men; official portraits",
    ),
    "cse151a": Origin(
        "U.S. Congress, Office of the Clerk and U.S. Senate Photographic Studio",
        "PD-USGov",
        "each file's own metadata names the federal office that took it (17 U.S.C. 105)",
        "members of the U.S. Congress, older people and mostly men; official portraits",
    ),
}
STUDIO = ("neutral_front", "smiling_front", "canada")
"""Sets with one camera, one light and a plain ground."""

CREDIT = """\
Contains images from: DeBruine, L., & Jones, B. (2017). Face Research Lab London Set (Version 5).
figshare. https://doi.org/10.6084/m9.figshare.5047666.v5, and DeBruine, L., & Jones, B. (2017).
Young Adult White Faces with Manipulated Versions (Version 1). figshare.
https://doi.org/10.6084/m9.figshare.4220517.v1, both CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/). The images were aligned, cropped and resampled; the
second set was also white-balanced. Further images: Lisa DeBruine (webmorphR.stim, CC0 1.0);
Presidential Innovation Fellows and 18F, U.S. General Services Administration (CC0 1.0); U.S.
Government Publishing Office, Office of the Clerk of the U.S. House of Representatives and U.S.
Senate Photographic Studio (public domain). No endorsement by any of them or by the people shown."""
"""What to show with the faces: CC BY requires the first part."""
