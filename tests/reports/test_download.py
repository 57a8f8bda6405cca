import base64
import csv
import io

from reports.page import download
from reports.page.download import csv_download


def _rows(uri: str) -> list[list[str]]:
    kind, data = uri.split(",", 1)
    assert kind == "data:text/csv;charset=utf-8;base64"
    return list(csv.reader(io.StringIO(base64.b64decode(data).decode())))


def test_numbers_keep_every_digit_and_what_is_missing_is_empty() -> None:
    made = csv_download("a.csv", ("name", "value"), [("x, é", 0.1 + 0.2), ('"y"', None)])
    assert _rows(made.uri) == [["name", "value"], ["x, é", "0.30000000000000004"], ['"y"', ""]]
    assert made.rows == 2


def test_a_text_that_a_spreadsheet_would_run_is_marked_as_text_and_a_negative_number_is_not() -> None:
    made = csv_download("a.csv", ("a", "b"), [("=1+1", -2.5), ("@x", 3), ("-y", 4)])
    assert _rows(made.uri)[1:] == [["'=1+1", "-2.5"], ["'@x", "3"], ["'-y", "4"]]


def test_a_table_too_large_for_a_page_is_counted_and_left_out() -> None:
    rows = ((i, "x" * 1000) for i in range(5000))
    made = csv_download("a.csv", ("i", "text"), rows, "measurements.parquet")
    assert (made.uri, made.rows, made.kept_in) == ("", 5000, "measurements.parquet")
    assert download.MOST_BYTES < 5_000_000
