"""The table of orders that all statistics of a period share."""

import gc
import weakref

import attrs
import pytest

from skontro.simulation import settle
from skontro.statistics import summarise
from skontro.statistics.period_orders import period_orders
from skontro.testing import small_day


def test_statistics_share_the_table_of_their_results_and_of_no_others() -> None:
    results = settle(small_day())
    others = attrs.evolve(results, orders=results.orders.head(1))
    assert period_orders(results) is period_orders(results)
    assert period_orders(results).height == results.orders.height
    assert period_orders(others).height == 1
    assert summarise(results).turnover.total.submitted.orders == results.orders.height


@pytest.mark.long
def test_the_table_goes_with_its_results() -> None:
    results = settle(small_day())
    table = weakref.ref(period_orders(results))
    assert table() is not None
    del results
    gc.collect()
    assert table() is None
