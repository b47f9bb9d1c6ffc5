import re
from pathlib import Path

from tables import KAGGLE_FILES, REAL_ROWS, SCHEMAS

APP_TABLES = Path(__file__).resolve().parents[1] / "tables.ts"


def test_the_app_declares_the_same_tables_and_columns():
    text = re.sub(r"//.*", "", APP_TABLES.read_text("utf-8").split("=", 1)[1])
    declared = {}
    for name, columns in re.findall(r"name: '(\w+)',\s*schema: \{([^}]*)\}", text):
        declared[name] = dict(re.findall(r"(\w+): '(\w+)'", columns))
    # One table has no schema, so that a crawler and the types that a job infers are seen at work.
    inferred = re.findall(r"\{ name: '(\w+)' \}", text)
    assert inferred == ["sellers"]
    expected = {name: columns for name, columns in SCHEMAS.items() if name not in inferred}
    assert declared == expected
    assert [list(columns) for columns in declared.values()] == [list(columns) for columns in expected.values()]


def test_every_table_has_a_file_and_a_size():
    assert list(KAGGLE_FILES) == list(SCHEMAS) == list(REAL_ROWS)
