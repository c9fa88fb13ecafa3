"""Settings: where links lead when nothing is set."""

import pytest

from mailer.config import Settings


def test_a_command_without_settings_takes_the_address_of_the_service_on_its_data_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().resolved_base_url == "http://localhost:8025"
    settings.data_dir.mkdir()
    settings.address_file.write_text("http://localhost:8077")
    assert Settings().resolved_base_url == "http://localhost:8077"
    monkeypatch.setenv("MAILER_HTTP_PORT", "8088")
    assert Settings().resolved_base_url == "http://localhost:8088"
    monkeypatch.setenv("MAILER_BASE_URL", "https://brev.example.org/")
    assert Settings().resolved_base_url == "https://brev.example.org"
