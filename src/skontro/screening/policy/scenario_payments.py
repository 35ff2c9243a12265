"""The payments of a scenario as policy rules see them."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from skontro.files.period import Scenario
from skontro.model import NO_DETAILS, NO_DIGEST, PaymentDetails, find_currency
from skontro.system.details_columns import customer_digest, purpose_number, purpose_text
from skontro.system.policy.payments import JudgedPayment


def payments_of(
    scenario: Scenario, details: Mapping[str, PaymentDetails]
) -> Iterator[JudgedPayment]:
    """The payments of a scenario in order of time.

    Args:
        scenario: generated, recorded (`skontro replay`), or read from messages.
        details: by UETR; a payment without any has its payer as customer, and no purpose.
    """
    zone = ZoneInfo(scenario.time_zone)
    countries = {one.bic: one.country.alpha2 for one in scenario.directory.participants}
    rows = scenario.payments.sort("submitted_at", maintain_order=True)
    for row in rows.iter_rows(named=True):
        yield _payment(row, countries, details.get(row["uetr"], NO_DETAILS), zone)


def _payment(
    row: Mapping[str, Any], countries: Mapping[str, str], details: PaymentDetails, zone: ZoneInfo
) -> JudgedPayment:
    at: datetime.datetime = row["submitted_at"]
    customer = customer_digest(details)
    return JudgedPayment(
        uetr=row["uetr"],
        at=(at - _EPOCH) // datetime.timedelta(microseconds=1),
        date=at.astimezone(zone).date(),
        payer=row["payer"],
        payee=row["payee"],
        payer_country=countries[row["payer"]],
        payee_country=countries[row["payee"]],
        currency=find_currency(row["currency"]),
        amount=row["amount_minor"],
        customer=row["payer"] if customer == NO_DIGEST else customer.hex(),
        purpose=purpose_text(purpose_number(details.purpose)),
    )


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
