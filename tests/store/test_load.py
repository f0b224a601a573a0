"""Many at once on one database: nothing is lost, and nobody meets an error. How long it takes is in the bench."""

import pytest

from tests.store.load import load


def test_two_servers_three_editors_and_ten_phones_lose_nothing(published, tmp_path, url):
    load(published, tmp_path, url, machines=2, editors=3, phones=10, seconds=6)


@pytest.mark.soak
def test_four_servers_eight_editors_and_two_hundred_phones_lose_nothing(published, tmp_path, url):
    load(published, tmp_path, url, machines=4, editors=8, phones=200, seconds=300)
