"""Dates and timestamps that are not ISO 8601: the one format that a file's values have, or the choice that somebody must make."""

from datetime import date, datetime

import pytest
from lake_transforms import CsvOptions
from lake_transforms.dates import DateFormats, formats_of

# text: the formats that it fits
FORMATS = {
    "26-02-2018 19:58": {"d-M-yyyy H:mm"},
    "02/26/2018": {"M/d/yyyy"},
    "05/06/2018": {"d/M/yyyy", "M/d/yyyy"},
    "26.02.2018 19:58:01": {"d.M.yyyy H:mm:ss"},
    "2018/02/26": {"yyyy/M/d"},
    "2018-26-02": {"yyyy-d-M"},
    "26/02/18": {"d/M/yy", "yy/M/d"},
    "32/02/18": {"yy/M/d"},
    "12/02/18": {"d/M/yy", "M/d/yy", "yy/M/d"},
    "26-Feb-2018": {"d-MMM-yyyy"},
    "Feb 26, 2018": {"MMM d, yyyy"},
    "2/26/2018 7:58 PM": {"M/d/yyyy h:mm a"},
    "26/02/2018T19:58": {"d/M/yyyy'T'H:mm"},
    "26/02/2018 24:00": set(),
    "26/13/2018": set(),
    "40/02/2018": set(),
    "26/02": set(),
    "20180226": set(),
    "soon": set(),
    "26-02/2018": set(),
    "Foo 26, 2018": set(),
}


def test_formats_of_a_text():
    assert {text: set(formats_of(text)) for text in FORMATS} == FORMATS


# values of a column: the formats that all of them fit
COLUMNS = {
    ("05/06/2018", "26/06/2018"): ["d/M/yyyy"],
    ("05/06/2018", "06/26/2018"): ["M/d/yyyy"],
    ("05/06/2018", "06/05/2018"): ["M/d/yyyy", "d/M/yyyy"],
    ("26/06/2018", "06/26/2018"): [],
    ("26/06/2018", "26-06-2018"): [],
    ("26/06/2018", "2018-06-26"): [],
    ("2018-06-26",): [],
    ("2018-06-26", "2018-26-06"): [],
}


def test_formats_of_a_column():
    for values, wanted in COLUMNS.items():
        watch = DateFormats()
        for value in values:
            watch.add(value)
        assert watch.found == wanted, values


TYPES = {"id": "int", "won": "timestamp"}


def test_the_one_format_of_a_files_values_is_used_and_told(lake):
    lake.put("a.csv", "id,won\n1,26-02-2018 19:58\n2,05-03-2018 07:00\n3,\n")
    lake.put("b.csv", "id,won\n4,2/26/2018 7:58 PM\n5,2/3/2018 7:58 am\n")
    lake.put("c.csv", "id,won\n6,2018-02-26 19:58:00\n")
    result = lake.land(TYPES)
    assert lake.rows() == [
        (1, datetime(2018, 2, 26, 19, 58)),
        (2, datetime(2018, 3, 5, 7, 0)),
        (3, None),
        (4, datetime(2018, 2, 26, 19, 58)),
        (5, datetime(2018, 2, 3, 7, 58)),
        (6, datetime(2018, 2, 26, 19, 58)),
    ]
    assert {name: sorted(found) for name, found in result.formats.items()} == {"won": ["M/d/yyyy h:mm a", "d-M-yyyy H:mm"]}


def test_a_date_that_two_formats_fit_is_refused_with_both_and_the_setting(lake):
    lake.put("a.csv", "id,day\n1,05/06/2018\n2,06/05/2018\n")
    result = lake.land({"id": "int", "day": "date"})
    assert result.reasons == {"day may be M/d/yyyy or d/M/yyyy: declare the format of the column": 2}
    lake.land({"id": "int", "day": {"type": "date", "format": "d/M/yyyy"}})
    assert lake.rows() == [(1, date(2018, 6, 5)), (2, date(2018, 5, 6))]


def test_a_value_that_fits_nothing_is_refused_and_the_file_has_no_format(lake):
    lake.put("a.csv", "id,day\n1,26/06/2018\n2,2018-06-27\n3,soon\n")
    result = lake.land({"id": "int", "day": "date"})
    assert (lake.rows(), result.reasons, result.formats) == ([(2, date(2018, 6, 27))], {"day is not a date": 2}, {})


@pytest.mark.parametrize("csv", [CsvOptions(date_format="dd/MM/yyyy"), CsvOptions()])
def test_a_declared_format_decides_by_itself(lake, csv):
    lake.put("a.csv", "a,b\n05/06/2018,2018.06.05\n")
    kind = "date" if csv.date_format else {"type": "date", "format": "MM/dd/yyyy"}
    lake.land({"a": kind, "b": {"type": "date", "format": "yyyy.MM.dd"}}, csv=csv)
    assert lake.rows() == [(date(2018, 6, 5) if csv.date_format else date(2018, 5, 6), date(2018, 6, 5))]
