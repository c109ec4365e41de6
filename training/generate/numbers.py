"""Identifiers with the shapes and, where the model would see them, the checksums of real ones."""
from __future__ import annotations

from random import Random

UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def shape(rng: Random, pattern: str) -> str:
    """`#` digit, `9` digit that is not zero, `A` letter, `a` lower letter, `h` hex digit, `*` letter or digit."""
    kinds = {"#": "0123456789", "9": "123456789", "A": UPPER, "a": UPPER.lower(), "h": "0123456789abcdef",
             "*": UPPER + "0123456789"}
    return "".join(rng.choice(kinds[c]) if c in kinds else c for c in pattern)


def luhn_digit(digits: str) -> str:
    doubled = [int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits))]
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def card(rng: Random) -> str:
    brand = rng.choice(("4", "4", "51", "55", "2221", "34", "37", "6011", "36"))
    size = {"34": 15, "37": 15, "36": 14}.get(brand, 16)
    body = brand + shape(rng, "#" * (size - 1 - len(brand)))
    digits = body + luhn_digit(body)
    if rng.random() < 0.4:
        return digits
    mark = rng.choice((" ", " ", "-"))
    cuts = (4, 10) if size < 16 else (4, 8, 12)
    return mark.join(digits[a:b] for a, b in zip((0, *cuts), (*cuts, size)))


IBAN_BODIES = {
    "GB": "AAAA##############", "DE": "##################", "ES": "####################", "FR": "#######################",
    "IT": "A######################", "PT": "#####################", "NL": "AAAA##########", "BE": "############",
    "AT": "################", "CH": "#################", "PL": "########################", "IE": "AAAA##############",
}
HOME = {"en": ("GB", "IE"), "es": ("ES",), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH"), "it": ("IT", "CH"),
        "pt": ("PT",), "nl": ("NL", "BE")}


def iban(rng: Random, lang: str) -> str:
    country = rng.choice(HOME[lang] if rng.random() < 0.8 else tuple(IBAN_BODIES))
    body = shape(rng, IBAN_BODIES[country])
    as_digits = "".join(str(int(c, 36)) for c in body + country + "00")
    text = f"{country}{98 - int(as_digits) % 97:02}{body}"
    return text if rng.random() < 0.4 else " ".join(text[i:i + 4] for i in range(0, len(text), 4))


PHONES = {
    "en": ("(9##) 555-####", "9##-9##-####", "+1 9## 9## ####", "+1-9##-9##-####", "(9##) 9##-####", "9##.9##.####",
           "07### ######", "+44 7### ######", "020 7### ####", "0161 ### ####", "+44 (0)20 7### ####", "1-8##-555-####",
           "+61 4## ### ###", "+91 9#### #####", "+353 87 ### ####", "001-9##-9##-9###x###", "9#########", "555-####"),
    "es": ("9## ### ###", "9########", "9## ## ## ##", "6## ### ###", "6########", "+34 6## ## ## ##", "91 ### ## ##", "9## ## ## ##", "+52 55 #### ####",
           "(0##) ### ## ##", "+34 9########", "+54 11 ####-####", "93-#######"),
    "de": ("0151 ########", "+49 170 #######", "030 / ######", "089-#######", "0221 9######", "+49 (0)40 ######-##",
           "0043 1 #######", "+41 79 ### ## ##", "0176/########", "(0711) ######"),
    "fr": ("06 ## ## ## ##", "01.##.##.##.##", "+33 6 ## ## ## ##", "07########", "04 ## ## ## ##", "+32 4## ## ## ##",
           "+41 22 ### ## ##", "02-##-##-##-##", "(514) ###-####"),
    "it": ("3## ### ####", "3#########", "+39 3## #######", "06 #######", "02 ########", "+39 051 ######", "0039 3## ######"),
    "pt": ("9## ### ###", "+351 9## ### ###", "21# ### ###", "(11) 9####-####", "+55 21 9####-####", "(31) 3###-####", "91#######"),
    "nl": ("06-########", "06 ## ## ## ##", "+31 6 ########", "020-#######", "010 ### ## ##", "+32 4## ## ## ##", "0#########"),
}
NATIONAL = {
    "en": ("9##-##-####", "9##-##-####", "9## ## ####", "AA ## ## ## A", "AA######A", "### ### ####", "#########"),
    "es": ("########A", "########-A", "X#######A", "##.###.###-A", "Y-#######-A"),
    "de": ("L*########", "## ###### A ###", "T########", "L##*##*##", "########A#"),
    "fr": ("1 ## ## ## ### ### ##", "2##############", "2 ## ## ## ### ### ##", "##*###*#####"),
    "it": ("AAAAAA##A##A###A", "AAAAAA##A##A###A", "AA#####AA"), "pt": ("### ### ###", "###.###.###-##", "######## # AA#", "#########"),
    "nl": ("#########", "####.##.###", "##.##.##-###.##"),
}
TAX = {
    "en": ("##-#######", "9##-7#-####", "##### #####", "GB ### #### ##"), "es": ("A########", "A-########", "########A"),
    "de": ("## ### ### ###", "##/###/#####", "DE#########", "###########"), "fr": ("## ## ### ### ###", "FR ## #########", "### ### ### #####"),
    "it": ("###########", "IT###########", "AAAAAA##A##A###A"), "pt": ("#########", "##.###.###/0001-##", "PT#########"),
    "nl": ("NL#########B##", "#########"),
}
PLATES = {"en": ("AA## AAA", "AAA-####", "#AAA###", "AAA ####"), "es": ("#### AAA", "####AAA", "A-####-AA"),
          "de": ("M-AA ####", "B AA ###", "HH-A ####"), "fr": ("AA-###-AA", "#### AA ##"), "it": ("AA ###AA", "AA###AA"),
          "pt": ("AA-##-AA", "##-AA-##", "AAA#A##"), "nl": ("AA-###-A", "##-AAA-#", "A-###-AA", "1-AAA-###")}
PASSPORTS = {"en": ("#########", "A########"), "es": ("AAA######", "PA######"), "de": ("C*****###", "C01X#####"), "fr": ("##AA#####",),
             "it": ("AA#######",), "pt": ("AA######", "A######"), "nl": ("AA#****##", "NX#*****#")}
LICENCES = {"en": ("A#######", "AAAAA######AA9AA", "D###-####-####", "########"), "es": ("########-A",), "de": ("B###*###A##",), "fr": ("##AA#####", "############"),
            "it": ("AA#######A", "U1########"), "pt": ("A-####### #", "###########"), "nl": ("##########",)}


def of(rng: Random, table: dict[str, tuple[str, ...]], lang: str) -> str:
    return shape(rng, rng.choice(table[lang]))


def phone(rng: Random, lang: str) -> str:
    return of(rng, PHONES, lang if rng.random() < 0.9 else rng.choice(list(PHONES)))


MRNS = ("#######", "########", "MRN-######", "#####-AA", "AA-######", "###-##-####", "AAA######", "####-####", "A########",
        "######", "AAA-########-###", "#####AA", "MR#######", "#A#####", "H####-####", "P-#####", "##-##-##", "### ### ###", "AAAA-#####")
PLANS = ("## ######## ##", "## ######## ##", "##-########-##", "##/########/##", "AAA#########", "AA-######", "#########", "HMO-######", "AA##########", "W#########", "####-####-##", "AAA-####-##", "A### ### ###", "#AA#-AA#-AA##")
ACCOUNTS = ("########", "#########", "##########", "############", "####-######-##", "## #### ####", "000#######", "AC-######", "##-####-#######-##", "******####".replace("*", "x"))
CASES = ("#####/##", "####-cv-#####", "##-CV-####", "AA-####-####", "C-###/##", "##-####", "A/##/#####", "AAA-##-#####", "# AA ###/##", "#:##-cr-#####-AAA")
OTHERS = ("AA-######", "AAA-#####", "########", "C#######", "AAA########", "####-AAA-##", "###-###-###", "#######", "AA####AA", "CUS-######", "#####", "A-#####-##")
SERIALS = ("AA########", "*****-*****", "SN#########", "AAA-####-****", "C02********", "###-###-####")
VINS = ("1HGCM8###9A######", "WVWZZZ1KZ#W######", "JTDKB20U###A#####".replace("A", "7"), "WDB#######A######")


def username(rng: Random, first: str, last: str) -> str:
    one, two = first.lower(), last.lower()
    number = rng.choice(("", "", str(rng.randrange(1, 99)), str(rng.randrange(1960, 2012))))
    return rng.choice((f"{one[0]}{two}", f"{one}.{two}", f"{one}_{two}", f"{one}{two[0]}", f"{two}{one[0]}", f"x{one}x", f"{one}-{two}",
                       f"{two}.{one[0]}", f"real{one}", f"{one[:3]}{two[:3]}")) + number


PASS_WORDS = ("Sommer", "winter", "Hunter", "dragon", "Welcome", "Passw0rd", "qwerty", "Liverpool", "blue", "Tiger", "Bella", "secret", "Casa",
              "letmein", "Admin", "coffee", "Monkey", "star", "Milano", "Barca", "Schatzi", "soleil", "Ajax", "Lisboa", "correct", "battery")


def password(rng: Random) -> str:
    word, more = rng.choice(PASS_WORDS), rng.choice(PASS_WORDS)
    return rng.choice((
        f"{word}{rng.randrange(10, 9999)}!", f"{word}_{more}{rng.randrange(10)}", shape(rng, "a#A*a*#A") + rng.choice("!$%#&"),
        f"{word}{rng.randrange(1980, 2027)}", f"{word}#{shape(rng, '##')}", shape(rng, "*a*a#a*A#a*a"), f"{word}-{more}-{rng.randrange(99)}",
        f"{word.lower()}@{rng.randrange(1000)}", f"{more}{word}{rng.choice('!?*+')}", shape(rng, "hhhhhhhhhhhh") + "Z",
    ))


def secret(rng: Random) -> str:
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") for _ in range(rng.randrange(20, 44)))
    return rng.choice(("sk_live_", "ghp_", "AKIA", "xoxb-", "tok_", "key-", "", "")) + letters


def amount(rng: Random, lang: str) -> str:
    value = rng.choice((rng.randrange(5, 900), rng.randrange(1000, 99000), rng.randrange(100, 9999) * 100))
    if lang == "en":
        return rng.choice(("${:,}", "£{:,}", "€{:,}", "${:,}.50", "USD {:,}", "{:,} dollars")).format(value)
    grouped = f"{value:,}".replace(",", "." if lang != "fr" else " ")
    return rng.choice(("{} €", "{} EUR", "EUR {}", "{},50 €", "{} euros" if lang in ("es", "fr", "pt") else "{} Euro")).format(grouped)
