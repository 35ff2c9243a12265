"""A made-up day of payments among ten countries, with the shape of a real one."""

import datetime
import random
from typing import Final

from skontro.files.period import Results
from skontro.model import find_country, find_currency
from tests.statistics.settled_period import Bank, Payment, business_day, rate_table, settle

#: Country, weight in trade, and the names of its larger banks (made up, but of real length).
COUNTRIES: Final = {
    "RUS": (40, "Moscow"),
    "KAZ": (20, "Almaty"),
    "BLR": (14, "Minsk"),
    "UZB": (9, "Tashkent"),
    "ARM": (5, "Yerevan"),
    "AZE": (4, "Baku"),
    "KGZ": (3, "Bishkek"),
    "TJK": (2, "Dushanbe"),
    "MDA": (2, "Chisinau"),
    "TKM": (1, "Ashgabat"),
}
UNITS: Final = {
    "RUB": "91.7", "KZT": "487.31", "BYN": "3.26", "UZS": "12523.277", "AMD": "391.4",
    "AZN": "1.7", "KGS": "87.4", "TJS": "10.94", "MDL": "17.7", "TMT": "3.5", "EUR": "0.9228",
}  # fmt: skip
KINDS: Final = (
    "{} Commercial Bank",
    "Development Bank of {}",
    "{} Agrarian and Industrial Bank Joint-Stock Company",
    "Savings Bank of {}",
    "{} Export-Import Bank",
    "International Bank of {}",
)


def cis_period(orders: int = 20_000, seed: int = 7) -> Results:
    """Sixty banks of ten countries, paying in ten national currencies, USD and EUR."""
    draw = random.Random(seed)
    # Almaty lies at UTC+5: open from 09:00 to 18:00 there.
    day = business_day(datetime.date(2026, 3, 2), 4, 13)
    banks = _banks(draw)
    by_country = {code: [bank for bank in banks if bank.country == code] for code in COUNTRIES}
    payments = [_payment(draw, by_country, day.opens_at, day.closes_at) for _ in range(orders)]
    return settle(
        banks,
        payments,
        [day],
        rate_table(UNITS),
        name="Payments among ten countries in their own currencies",
        time_zone="Asia/Almaty",
        provenance={
            "Trade weights": "Made up for this test; no real bank is meant.",
            "Rates": "Round rates of the spring of 2024.",
        },
    )


def _banks(draw: random.Random) -> list[Bank]:
    banks = []
    for code, (weight, city) in COUNTRIES.items():
        country = find_country(code)
        for number, kind in enumerate(KINDS):
            bic = f"BK{chr(65 + number)}A{country.alpha2}22"
            size = weight / (number + 1) ** 0.8
            funds = {}
            for currency in (*UNITS, "USD"):
                home = currency == country.currency.code
                dollars = size * (6 if home else 3 if currency in {"RUB", "USD"} else 0.5)
                opening = _minor(currency, dollars * 100_000 * draw.uniform(0.5, 1.5))
                funds[currency] = (opening, opening // 2 if home else 0)
            banks.append(Bank(bic, kind.format(city), code, funds))
    return banks


def _minor(currency: str, dollars: float) -> int:
    # A float, because it is a random draw; it is an amount only after rounding.
    units = float(UNITS.get(currency, "1"))
    return max(1, round(dollars * units)) * 10 ** find_currency(currency).exponent


def _payment(
    draw: random.Random, banks: dict[str, list[Bank]], opens_at: int, closes_at: int
) -> Payment:
    codes, weights = list(COUNTRIES), [weight for weight, _ in COUNTRIES.values()]
    payer, payee = draw.choices(codes, weights, k=2)
    while payee == payer:
        payer, payee = draw.choices(codes, weights, k=2)
    own = [find_country(payer).currency.code, find_country(payee).currency.code]
    instructed = draw.choices([*own, "RUB", "USD", "EUR"], [28, 30, 14, 22, 6])[0]
    settled = instructed if draw.random() < 0.7 else draw.choice(own)
    dollars = draw.lognormvariate(9.2, 1.6)
    timestamp = round(opens_at + (closes_at - opens_at) * draw.betavariate(1.6, 1.9))
    return Payment(
        payer=draw.choices(banks[payer], [6, 5, 4, 3, 2, 1])[0].bic,
        payee=draw.choices(banks[payee], [6, 5, 4, 3, 2, 1])[0].bic,
        currency=settled,
        amount=_minor(settled, dollars),
        submitted_at=min(timestamp, closes_at - 1),
        payment_class=draw.choices(["urgent", "high", "normal"], [5, 20, 75])[0],
        instructed=None if instructed == settled else (instructed, _minor(instructed, dollars)),
        cancelled_at=min(timestamp + 600_000_000, closes_at) if draw.random() < 0.01 else None,
    )
