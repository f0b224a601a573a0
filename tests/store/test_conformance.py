"""The contract, kept by each backend."""

import pytest

from server.store import history
from server.store.protocol import Backend
from tests.store.conformance import StoreConformance


class TestTinyDB(StoreConformance):
    @pytest.fixture
    def store(self, tiny: Backend) -> Backend:
        return tiny


class TestTinyDBWithSealedLogs(StoreConformance):
    """Every second entry of a log moves it to a file, so that each test meets files."""

    @pytest.fixture
    def store(self, tiny: Backend, monkeypatch: pytest.MonkeyPatch) -> Backend:
        monkeypatch.setattr(history, "SEGMENT", 2)
        return tiny


class TestPostgres(StoreConformance):
    @pytest.fixture
    def store(self, postgres: Backend) -> Backend:
        return postgres
