"""What the search reads: the texts of the offers, folded so that ways of writing fall together."""

import re
import unicodedata
from functools import lru_cache
from html import unescape

from anyascii import anyascii
from django.db import router

from languages.diff import without_tags
from languages.registry import REGISTRY, SOURCE

from .bulk import insert_rows
from .models.search import SearchText, SearchWord

TEXT_FIELDS = ("summary", "how_it_works", "what_to_bring", "cost_note", "registration_note")
#: Too short for a typing error to be told from another word.
SHORTEST_WORD = 4
#: Of a longer one, the rest is left out. Chinese has no spaces: a sentence becomes a word.
LONGEST_WORD = 200

#: Letters that Arabic and Persian keyboards write differently, the joiner and the stretched line.
SAME_LETTERS = {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ٱ": "ا", "ـ": "", "\u200c": ""}
#: Letters that would get lost in ASCII, and words with them become too short to tell apart.
WEAK_LETTERS = {"ا": "a", "ع": "e"}
ARABIC = str.maketrans(SAME_LETTERS)
ARABIC_IN_ASCII = str.maketrans(WEAK_LETTERS)
ARABIC_LETTER = re.compile("[\u0600-\u06ff\u200c]")
#: Twice as well: without its hamza, "ألمانيا" begins like an article, and "الألمانية" like two.
ARTICLE = re.compile(r"\b(?:ال)+(?=\w{3})")
#: ä = ae = a: people write umlauts as they can, and so both sides lose them.
SPELLINGS = [("ae", "a"), ("oe", "o"), ("ue", "u"), ("y", "i"), ("kh", "h")]
#: Emoji and other signs: to ASCII they would become English words that nobody typed.
PICTURE = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
TOO_LONG = re.compile(rf"(\w{{{LONGEST_WORD}}})\w+")


def fold(text):
    """Return a text in lower-case ASCII words, in which ways of writing the same fall together.

    "Müller" and "Mueller", "Straße" and "Strasse", "мова" and "mova", "إقامة" and "اقامه" become
    the same. ASCII also makes both databases agree on what a letter is.
    """
    decomposed = PICTURE.sub(" ", unicodedata.normalize("NFKD", text.casefold()))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    if ARABIC_LETTER.search(plain):
        plain = ARTICLE.sub("", plain.translate(ARABIC)).translate(ARABIC_IN_ASCII)
    plain = anyascii(plain).lower().replace("'", "")
    for written, meant in SPELLINGS:
        plain = plain.replace(written, meant)
    return TOO_LONG.sub(r"\1", NOT_A_WORD.sub(" ", plain).strip())


#: What people write around the word that they look for, in whole questions.
FILLERS = frozenset(
    fold(
        """
        ich du wir sie es mein meine meinen meiner mir mich uns der die das den dem des ein eine
        einen einem einer und oder für mit bei beim von vom zu zum zur in im an am auf aus nach um
        ist sind bin habe hat haben kann können möchte will muss brauche suche finde finden gibt
        wo wie was wer wann bitte hier
        i you we my me a an the and or for with of to in on at is are am do does can could want
        would like need looking look find get where how what who please
        في من على إلى عن مع هل كيف أين أنا أريد أبحث أحتاج بحاجة ما هو هي أو
        я ми мій моя мені мене і й та або для з із зі у в на до від про де як що хто треба потрібен
        потрібна потрібно шукаю хочу можна можу знайти є
        мы мой мне меня и или с со к по от о об где как что кто нужен нужна нужно ищу можно могу
        найти есть
        ben biz benim bana bir ve veya için ile de da nerede nasıl ne kim var mı arıyorum istiyorum
        lazım bulmak
        من ما یک و یا برای با از به در که کجا چطور چگونه می میخواهم خواهم نیاز دارم است را
        ja mój moja mnie lub dla w na od gdzie jak co kto szukam chcę potrzebuję można jest
        eu noi meu mea mie un și sau pentru cu la din pe unde cum ce cine caut vreau nevoie este
        """
    ).split()
)


def same_letters(typed, word):
    """Return how many letters both begin with."""
    pairs = enumerate(zip(typed, word, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(typed), len(word)))


def distance_within(typed, word):
    """Return how many typing errors turn `typed` into the best fitting part of `word`.

    Damerau's errors: a letter missing, added, another one, or two that changed places. What of
    `word` stands before and after the part costs nothing (Sellers 1980).
    """
    before, previous = [0] * (len(word) + 1), []
    for row, letter in enumerate(typed, start=1):
        current = [row]
        for column, other in enumerate(word, start=1):
            best = min(before[column] + 1, current[column - 1] + 1)
            best = min(best, before[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and typed[row - 2] == other
            if swapped and word[column - 2] == letter:
                best = min(best, previous[column - 2] + 1)
            current.append(best)
        before, previous = current, before
    return min(before)


@lru_cache(maxsize=4096)
def fold_html(html):
    """Return a folded text without its tags; kept, since many offers share a sentence."""
    return fold(unescape(without_tags(html)))


def search_texts(offer):
    """Yield (language, title, text) for each language in which the offer has a text."""
    for code in REGISTRY:
        parts = [fold_html(offer.text(field, code)) for field in TEXT_FIELDS]
        title = offer.text("title", code)
        if code == SOURCE:
            parts += [fold(offer.organisation.name), fold(offer.contact_name)]
        if title or any(parts):
            # Spaces at both ends: a short word is searched together with them.
            text = f" {' '.join(filter(None, parts))} "
            yield code, f" {fold(title)} ", text


def index_offers(offers, using=None):
    """Make the search texts of these offers anew."""
    offers = list(offers)
    using = using or router.db_for_write(SearchText)
    found = [(code, offer.pk, *rest) for offer in offers for code, *rest in search_texts(offer)]
    # A search reads two of the languages: on PostgreSQL what is written together lies together.
    # And SQLite's index stores what it has gathered whenever a smaller number follows.
    found.sort()
    SearchText.objects.using(using).filter(offer__in=offers).delete()
    insert_rows(SearchText, ("language", "offer", "title", "text"), found, using=using)
    add_words(((code, title, text) for code, _pk, title, text in found), using)


def add_words(texts, using):
    """Note the words of texts as `search_texts` yields them: a search asks for whole words."""
    words = {
        (language, word)
        for language, title, text in texts
        for word in f"{title} {text}".split()
        if len(word) >= SHORTEST_WORD
    }
    insert_rows(SearchWord, ("language", "word"), sorted(words), keep_known=True, using=using)
