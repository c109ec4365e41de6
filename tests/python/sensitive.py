"""Made-up sensitive values with right checksums, each with the words that stand before it; none belongs to anyone."""

import base64
import dataclasses
import json
import string


@dataclasses.dataclass(frozen=True)
class Value:
    """A value; `secret` is the part of it that must not be seen."""

    name: str
    cue: str
    text: str
    secret: str = ""

    @property
    def sentence(self):
        return f"Good morning. The {self.cue} is {self.text} as you asked. Nothing else was said."

    def fragments(self):
        """What must not be seen, in pieces of six characters: a part of a secret is a leak too."""
        secret = self.secret or self.text
        return {secret[at : at + 6] for at in range(len(secret) - 5)}


def luhn(digits):
    """The digits with their check digit behind them."""
    doubled = [int(d) * 2 if at % 2 == 0 else int(d) for at, d in enumerate(reversed(digits))]
    return digits + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def iban(country, account):
    """An IBAN whose check digits are right (ISO 13616)."""
    number = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(number) % 97:02}{account}"


def grouped(text, size=4):
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def letters(count, seed, alphabet=string.ascii_letters + string.digits):
    """Letters that look drawn by chance and are the same in every run."""
    drawn, state = [], seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        drawn.append(alphabet[(state >> 33) % len(alphabet)])
    return "".join(drawn)


def swiss_number(digits):
    """A Swiss social security number: EAN-13."""
    total = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits))
    whole = digits + str(-total % 10)
    return f"{whole[:3]}.{whole[3:7]}.{whole[7:11]}.{whole[11:]}"


def nhs_number(digits):
    check = 11 - sum(int(d) * (10 - at) for at, d in enumerate(digits)) % 11
    assert check < 10, "choose other digits"
    return digits + str(check)


def pesel(digits):
    return digits + str(-sum(int(d) * w for d, w in zip(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3])) % 10)


def dni(digits):
    return digits + "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23]


def bsn(digits):
    """A Dutch citizen service number: the eleven test."""
    check = sum(int(d) * (9 - at) for at, d in enumerate(digits)) % 11
    assert check < 10, "choose other digits"
    return digits + str(check)


def french_number(digits):
    return digits + f"{97 - int(digits) % 97:02}"


def jwt():
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': '71', 'name': 'Someone'})}.{letters(43, 9)}"


def cards():
    starts = {
        "visa": "453914880343646", "visa-two": "401288888888188", "mastercard": "555555555555444",
        "mastercard-two": "222300312200322", "amex": "37828224631000", "discover": "601111111111111",
        "jcb": "353011133330000", "diners": "3056930902590", "unionpay": "620000000000000",
    }
    for name, digits in starts.items():
        whole = luhn(digits)
        yield Value(f"card-{name}", "card number", whole)
    yield Value("card-grouped", "card number", grouped(luhn("453201511283036")))
    yield Value("card-dashed", "card number", grouped(luhn("542418027979176")).replace(" ", "-"))


def accounts():
    accounts = {
        "DE": "370400440532013000", "CH": "00762011623852957", "GB": "NWBK60161331926819", "FR": "20041010050500013M02606",
        "AT": "1904300234573201", "NL": "ABNA0417164300", "ES": "21000418450200051332", "IT": "X0542811101000000123456",
        "BE": "539007547034", "SE": "50000000058398257466", "PL": "109010140000071219812874",
    }
    for country, account in accounts.items():
        yield Value(f"iban-{country}", "account", iban(country, account))
    yield Value("iban-grouped", "account", grouped(iban("CH", "00762011623852957")))


def contacts():
    for address in (
        "anna.keller@bluewin.ch", "j.smith+bank@example.co.uk", "o'neill@firma-beispiel.de", "marie_dupont@orange.fr",
        "x9@mail.hospital.example.org", "MAX.MUSTERMANN@GMX.NET",
    ):
        yield Value(f"email-{address.split('@')[0]}", "address", address)


def people():
    yield Value("us-ssn", "social security number", "536-90-4399")
    yield Value("ch-ahv", "AHV number", swiss_number("756921707698"))
    yield Value("uk-nhs", "NHS number", nhs_number("943476591"))
    yield Value("pl-pesel", "PESEL", pesel("4405140135"))
    yield Value("es-dni", "DNI", dni("12345678"))
    yield Value("nl-bsn", "BSN", bsn("11122233"))
    yield Value("fr-nir", "numéro de sécurité sociale", french_number("1850578006084"))


def secrets():
    capitals = string.ascii_uppercase + string.digits
    hexadecimal = "0123456789abcdef"
    yield Value("github", "token", "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8")
    yield Value("aws", "access key", "AKIA" + letters(16, 2, string.ascii_uppercase + "234567"))
    yield Value("slack", "token", f"xoxb-{letters(12, 3, string.digits)}-{letters(12, 4, string.digits)}-{letters(24, 5)}")
    yield Value("stripe", "key", "sk_live_" + letters(24, 6))
    yield Value("google", "key", "AIza" + letters(35, 7))
    yield Value("gitlab", "token", "glpat-" + letters(20, 8))
    yield Value("jwt", "bearer token", jwt())
    yield Value("npm", "token", "npm_" + letters(36, 10))
    yield Value("sendgrid", "key", f"SG.{letters(22, 11)}.{letters(43, 12)}")
    yield Value("anthropic", "key", f"sk-ant-api03-{letters(93, 13)}AA")
    yield Value("openai", "key", f"sk-proj-{letters(74, 14)}T3BlbkFJ{letters(74, 15)}")
    yield Value("twilio", "key", "SK" + letters(32, 16, hexadecimal))
    password = letters(14, 17)
    yield Value("database", "connection string", f"postgres://ledger:{password}@db.internal:5432/ledger", password)
    yield Value("digitalocean", "token", "dop_v1_" + letters(64, 18, hexadecimal))
    yield Value("shopify", "token", "shpat_" + letters(32, 19, hexadecimal))
    yield Value("huggingface", "token", "hf_" + letters(34, 20, string.ascii_letters))
    yield Value("aws-secret", "AWS secret access key", letters(40, 21, string.ascii_letters + string.digits + "/+"))
    yield Value("activation", "password", f"{letters(5, 22, capitals)}!{letters(6, 23)}")


VALUES = [*cards(), *accounts(), *contacts(), *people(), *secrets()]
