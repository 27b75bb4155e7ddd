"""Spanish text as the indexes see it: one analyser for both of them, and for the queries.

Accents do not count but ñ does (`año` is not `ano`); inflected forms meet in one stem; codes such
as `H-001/2025` or `2027-AUD-03-H02` are kept whole besides their parts.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer
from whoosh.lang import stopwords_for_language

# Changing any of this changes what is in the indexes: raise the number, and they are made anew.
ANALYSIS_VERSION = 1

TOKEN_MAX_LENGTH = 64
PART_BREAK = "\f"  # between parts of a text (pages): no phrase reaches across it
BREAK_POSITIONS = 100

TOKEN = re.compile(rf"[^\W_]+(?:[._/\-]+[^\W_]+)*|{PART_BREAK}")
PART = re.compile(r"[^\W_]+")
FOLD = {
    ord(accented): plain
    for accented, plain in zip("áàâäãéèêëíìîïóòôöõúùûüç", "aaaaaeeeeiiiiooooouuuuc", strict=True)
}
CION = re.compile(r"([cs])ion$")
SHORT_PLURAL = re.compile(r"\w{2,4}[aeo]s")
# Without its accent the stemmer takes the singular of these for a verb: líder, imagen, interés.
LONG_PLURAL = re.compile(r"(\w{2,}(?:en|er|es))es")

# Nouns that the list of function words holds because verbs share their form.
NOUNS = {"estado", "estados", "estada", "estadas", "sentido", "sentidos", "sentida", "sentidas"}
_FUNCTION_WORDS = frozenset(stopwords_for_language("es")) - NOUNS
STOP_WORDS = frozenset(word.translate(FOLD) for word in _FUNCTION_WORDS)
STOP_MIN_LENGTH = 2

# Singulars in -z whose plural in -ces the stemmer does not lead back; others in -ces are plurals
# of words in -ce (índice, apéndice), which it does.
# fmt: off
_ENDING_IN_Z = (
    "juez", "luz", "voz", "vez", "cruz", "paz", "pez", "raiz", "matriz", "directriz", "actriz",
    "cicatriz", "automotriz", "institutriz", "bisectriz", "motriz", "lapiz", "tapiz", "maiz",
    "feliz", "capaz", "incapaz", "eficaz", "ineficaz", "veraz", "audaz", "fugaz", "tenaz",
    "sagaz", "rapaz", "voraz", "precoz", "veloz", "feroz", "atroz", "nuez", "tez", "altavoz",
    "portavoz", "disfraz", "antifaz", "aprendiz", "perdiz", "barniz", "matiz", "desliz", "solaz",
)
# fmt: on
EXCEPTIONS = {singular[:-1] + "ces": singular for singular in _ENDING_IN_Z} | {"años": "año"}


_own = threading.local()


class Token(NamedTuple):
    """One term of a text. `position` counts words; a whole code stands at its first part.

    `surface` is the word as written, in lower case without accents: what a prefix looks at.
    `start` and `end` are offsets in the text.
    """

    term: str
    surface: str
    position: int
    start: int
    end: int
    is_code: bool = False


def clean(text: str) -> str:
    """Text as we index and show it: NFC, ligatures parted, nothing invisible but line ends.

    What looks the same is then the same for the index too, and PostgreSQL takes it (no NUL).
    """
    text = unicodedata.normalize("NFC", text.translate(LIGATURES))
    text = HYPHENATION.sub("", text)
    return UNWANTED.sub("", text)


LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
# pdfium marks a word cut at the end of a line with U+FFFE or U+0002; U+00AD is the soft hyphen.
HYPHENATION = re.compile("[\u00ad\ufffe\x02]\\s*[\r\n]*")
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
    "\ud800-\udfff]"
)


def fold(word: str) -> str:
    """Lower case without accents; ñ stays."""
    return word.lower().translate(FOLD)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a folded word."""
    known = EXCEPTIONS.get(word)
    if known is not None:
        return known
    if plural := LONG_PLURAL.fullmatch(word):
        word = plural[1]
    cut = _snowball(word)
    # Too short for the stemmer's rules: actas, casos, entes, obras.
    if cut == word and SHORT_PLURAL.fullmatch(word):
        cut = _snowball(word[:-1])
    return cut


def _snowball(word: str) -> str:
    # The stemmer knows the ending only with its accent, which visitors often leave out.
    accented = CION.sub(r"\1ión", word)
    if not hasattr(_own, "stemmer"):
        _own.stemmer = Stemmer.Stemmer("spanish")  # one a thread: it keeps a cache unguarded
    return str(_own.stemmer.stemWord(accented)).translate(FOLD)


def is_stop_word(surface: str) -> bool:
    return len(surface) < STOP_MIN_LENGTH or surface in STOP_WORDS


@lru_cache(maxsize=100_000)
def _known(word: str) -> tuple[str, str] | None:
    """Stem and surface of a word as written; None when it is left out."""
    surface = fold(word)
    if is_stop_word(surface) or len(surface) > TOKEN_MAX_LENGTH:
        return None
    return stem(surface), surface


def analyse(text: str) -> Iterator[Token]:
    """Terms of a text in order. Function words take no position: phrases skip them."""
    position = 0
    for match in TOKEN.finditer(text):
        word = match.group()
        if word == PART_BREAK:
            position += BREAK_POSITIONS
        elif word.isalnum():
            known = _known(word)
            if known is not None:
                yield Token(known[0], known[1], position, match.start(), match.end())
                position += 1
        elif len(word) <= TOKEN_MAX_LENGTH * 4:  # longer ones are encoded data, no words
            for token in _joined(word, match.start(), position):
                yield token
                position = token.position + 1
            position += 1  # a code made of function words only takes a place too


def _joined(word: str, start: int, position: int) -> Iterator[Token]:
    """A code such as H-001/2025, whole and in its parts."""
    if len(word) <= TOKEN_MAX_LENGTH:
        whole = fold(word)
        yield Token(whole, whole, position, start, start + len(word), is_code=True)
    for part in PART.finditer(word):
        known = _known(part.group())
        if known is not None:
            yield Token(*known, position, start + part.start(), start + part.end())
            position += 1
