"""Rewrites generate/lists/names.txt and places.txt from the pinned Faker package (see SOURCES.md).

Run where Faker is installed: `python3 -m training.word_lists`. The lists are committed, so the
generator itself needs only the standard library.
"""
from __future__ import annotations

import importlib
from pathlib import Path

LISTS = Path(__file__).parent / "generate" / "lists"
LIMIT = 700  # per list: enough for variety, small enough to review
NAMES = {
    "en": ["en_US", "en_GB", "en_IE", "en_NZ"], "es": ["es_ES", "es_MX", "es_CO", "es_CL", "es_AR"],
    "de": ["de_DE", "de_AT", "de_CH"], "fr": ["fr_FR", "fr_BE", "fr_CH"], "it": ["it_IT"],
    "pt": ["pt_BR", "pt_PT"], "nl": ["nl_NL", "nl_BE"], "in": ["en_IN", "en_PK", "gu_IN"],
    "ar": ["fr_DZ"], "tr": ["tr_TR", "az_AZ"], "pl": ["pl_PL"], "cs": ["cs_CZ", "sk_SK"],
    "nordic": ["sv_SE", "no_NO", "da_DK", "fi_FI", "is_IS"], "hu": ["hu_HU"], "ro": ["ro_RO"],
    "balkan": ["hr_HR", "sl_SI"], "baltic": ["lt_LT", "et_EE", "lv_LV"], "vi": ["vi_VN"],
    "id": ["id_ID"], "africa": ["en_KE", "yo_NG", "ig_NG", "ha_NG", "zu_ZA", "tw_GH", "sw", "en_NG"],
    "ja": ["ja_JP"], "zh": ["zh_CN"], "uz": ["uz_UZ"],
}
FIRST_FEMALE = ["first_names_female", "first_romanized_names_female"]
FIRST_MALE = ["first_names_male", "first_romanized_names_male"]
FIRST_ANY = ["first_names_unisex", "first_romanized_names"]
LAST = ["last_names", "last_romanized_names", "unisex_last_names", "last_names_female", "last_names_male",
        "male_last_names", "last_names_without_suffix"]
CITIES = {
    "es": [("es_CO", "municipalities"), ("es_CL", "communes"), ("es_AR", "municipalities")],
    "de": [("de_DE", "cities"), ("de_AT", "cities"), ("de_CH", "cities")], "it": [("it_IT", "cities")],
    "pt": [("pt_PT", "cities"), ("pt_PT", "concelhos"), ("pt_BR", "bairros")],
    "nl": [("nl_NL", "cities"), ("nl_BE", "cities")], "in": [("en_IN", "cities")],
    "pl": [("pl_PL", "cities")], "cs": [("cs_CZ", "cities"), ("sk_SK", "cities")],
    "nordic": [("sv_SE", "cities"), ("da_DK", "cities"), ("fi_FI", "cities")], "ro": [("ro_RO", "cities")],
    "balkan": [("hr_HR", "cities"), ("sl_SI", "cities")], "ar": [("fr_DZ", "cities")],
    "id": [("id_ID", "cities")], "africa": [("zu_ZA", "cities")], "hu": [("hu_HU", "real_city_names")],
}
STREETS = {"pl": [("pl_PL", "streets")], "nordic": [("da_DK", "street_names")], "cs": [("cs_CZ", "streets")],
           "balkan": [("sl_SI", "streets"), ("hr_HR", "streets")], "id": [("id_ID", "streets")]}
COUNTRIES = {"en": "en", "fr": "fr_FR", "it": "it_IT", "pt": "pt_BR", "nl": "nl_NL"}


def provider(kind: str, locale: str) -> type:
    return importlib.import_module(f"faker.providers.{kind}.{locale}").Provider


def values(source: type, names: list[str]) -> list[str]:
    """Strings of the class's own lists, whatever their shape, in order and once each."""
    found: dict[str, None] = {}
    for name in names:
        for item in getattr(source, name, ()):
            text = item[0] if isinstance(item, tuple) and item else item
            if isinstance(text, str) and usable(text):
                found[text.strip()] = None
    return list(found)


def usable(text: str) -> bool:
    """Latin letters only, and none of the marks that the list files and templates use."""
    latin = all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 or c == "’" for c in text)
    return latin and 1 < len(text) < 40 and not any(c in "|;[]{}%/(" or c.isdigit() for c in text)


def thin(items: list[str]) -> list[str]:
    """At most LIMIT, evenly spread, so that alphabetic lists keep every letter."""
    unique = list(dict.fromkeys(items))
    step = max(1.0, len(unique) / LIMIT)
    return [unique[int(i * step)] for i in range(int(len(unique) / step))]


def section(name: str, items: list[str]) -> str:
    return f"[{name}]\n" + "; ".join(thin(items)) + "\n" if items else ""


def names_file() -> str:
    parts = []
    for group, locales in NAMES.items():
        sources = [provider("person", each) for each in locales]
        for label, attributes in (("female", FIRST_FEMALE), ("male", FIRST_MALE), ("last", LAST)):
            lists = [values(source, attributes) for source in sources]
            if label != "last" and not any(lists):
                lists = [values(source, FIRST_ANY + ["first_names"]) for source in sources]
            parts.append(section(f"{group}.{label}", round_robin(lists)))
    return "".join(parts)


def round_robin(lists: list[list[str]]) -> list[str]:
    """Every locale gets a share before the limit cuts."""
    longest = max((len(each) for each in lists), default=0)
    return [each[i] for i in range(longest) for each in lists if i < len(each)][: LIMIT * 2]


def places_file() -> str:
    parts = []
    for kind, table in (("city", CITIES), ("street", STREETS)):
        for group, places in table.items():
            lists = [values(provider("address", locale), [name]) for locale, name in places]
            parts.append(section(f"{group}.{kind}", round_robin([thin(each) for each in lists])))
    for lang, locale in COUNTRIES.items():
        parts.append(section(f"{lang}.country", values(provider("address", locale), ["countries"])))
    return "".join(parts)


def main() -> None:
    (LISTS / "names.txt").write_text(names_file(), encoding="utf-8")
    (LISTS / "places.txt").write_text(places_file(), encoding="utf-8")


if __name__ == "__main__":
    main()
