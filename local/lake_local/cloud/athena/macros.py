"""Athena's functions where DuckDB's of the same name, or sqlglot's choice, would silently answer something else."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from ..tables.values import double_text

_INTEGERS = "('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')"

# Each line is one macro: name(parameters) AS expression. Several bodies of one name are overloads by type.
MACROS = rf"""
athena_divide(a, b) AS CASE WHEN typeof(a + b) IN {_INTEGERS} THEN cast_to_type(a // b, a + b) WHEN typeof(a + b) LIKE 'DECIMAL%' AND b = 0 THEN cast_to_type(CAST(b AS BIGINT) // CAST(b AS BIGINT), a + b) ELSE cast_to_type(a / b, a + b) END
athena_subtract(a DATE, b DATE) AS error('NOT_SUPPORTED: subtracting dates gives an interval, which the embedded Athena does not have: use date_diff'), (a TIMESTAMP, b TIMESTAMP) AS a - b, (a, b) AS a - b
athena_shift(x, i) AS cast_to_type(x + i, x)
athena_unshift(x, i) AS cast_to_type(x - i, x)
athena_like_type(value, x) AS cast_to_type(value, x)
athena_text(x) AS CASE WHEN typeof(x) = 'DOUBLE' THEN athena_double_text(try_cast(CAST(x AS VARCHAR) AS DOUBLE)) WHEN typeof(x) = 'TIMESTAMP' THEN strftime(try_cast(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(try_cast(CAST(x AS VARCHAR) AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S.%g UTC') ELSE CAST(x AS VARCHAR) END
athena_number(x) AS CASE WHEN typeof(x) = 'VARCHAR' THEN CAST(CASE WHEN regexp_full_match(CAST(x AS VARCHAR), '\s*[+-]?[0-9]+\s*') THEN CAST(x AS VARCHAR) ELSE CAST(x AS VARCHAR) || ' (not an integer)' END AS HUGEINT) WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN CAST(round(CAST(CAST(x AS VARCHAR) AS DOUBLE)) AS HUGEINT) ELSE CAST(x AS HUGEINT) END
athena_split_part(s, d, n) AS CASE WHEN n < 1 THEN CAST(CAST(CAST(n AS VARCHAR) || ' (index must be greater than zero)' AS INTEGER) AS VARCHAR) WHEN len(string_split(s, d)) >= n THEN split_part(s, d, n) END
athena_substr(s, p) AS CASE WHEN p = 0 OR abs(p) > length(s) THEN CASE WHEN s IS NULL THEN NULL ELSE '' END ELSE substring(s, p) END, (s, p, n) AS CASE WHEN p = 0 OR abs(p) > length(s) OR n <= 0 THEN CASE WHEN s IS NULL THEN NULL ELSE '' END ELSE substring(s, p, n) END
athena_regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END, (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END
athena_regexp_replace(s, p, r) AS regexp_replace(s, p, regexp_replace(replace(r, '\', '\\'), '\$([0-9])', '\\\1', 'g'), 'g')
athena_trim(s) AS regexp_replace(s, '^\s+|\s+$', '', 'g')
athena_ltrim(s) AS regexp_replace(s, '^\s+', '')
athena_rtrim(s) AS regexp_replace(s, '\s+$', '')
athena_json(j) AS CASE WHEN typeof(j) = 'JSON' THEN CAST(j AS VARCHAR) WHEN json_valid(CAST(j AS VARCHAR)) THEN CAST(j AS VARCHAR) END
athena_json_extract(j, p) AS json_extract(CAST(athena_json(j) AS JSON), p)
athena_json_extract_scalar(j, p) AS CASE WHEN json_type(athena_json(j), p) NOT IN ('ARRAY', 'OBJECT', 'NULL') THEN json_extract_string(athena_json(j), p) END
athena_json_array_length(j) AS CASE WHEN json_type(athena_json(j)) = 'ARRAY' THEN CAST(json_array_length(athena_json(j)) AS BIGINT) END
athena_json_size(j, p) AS CASE json_type(athena_json(j), p) WHEN 'ARRAY' THEN json_array_length(athena_json(j), p) WHEN 'OBJECT' THEN len(json_keys(athena_json(j), p)) WHEN NULL THEN NULL ELSE 0 END
athena_json_array_contains(j, v) AS list_contains(CAST(athena_json(j) AS VARCHAR[]), CAST(v AS VARCHAR))
athena_array_join(a, s) AS array_to_string(a, s), (a, s, n) AS array_to_string(list_transform(a, lambda x: coalesce(CAST(x AS VARCHAR), n)), s)
athena_slice(a, i, n) AS CASE WHEN i > 0 THEN a[i:i + n - 1] ELSE a[len(a) + i + 1:len(a) + i + n] END
athena_array_max(a) AS CASE WHEN list_contains(list_transform(a, lambda x: x IS NULL), true) THEN NULL ELSE list_max(a) END
athena_array_min(a) AS CASE WHEN list_contains(list_transform(a, lambda x: x IS NULL), true) THEN NULL ELSE list_min(a) END
athena_array_distinct(a) AS list_filter(a, lambda x, i: list_position(a, x) = i)
athena_bounded(v, n, what) AS CASE WHEN n > 10000 THEN error(what) ELSE v END
athena_sequence_end(b, n) AS athena_bounded(b, n, 'result of sequence function must not have more than 10000 entries')
athena_sequence_check(up, a, b) AS CASE WHEN a <> b AND up <> (a < b) THEN error('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') ELSE b END
athena_sequence_times(a, b, s, n) AS list_filter(list_transform(generate_series(0, CAST(athena_sequence_end(n, n * 0.9) AS BIGINT) + 2), lambda i: a + i * s), lambda d: CASE WHEN epoch(s) > 0 THEN d <= b ELSE d >= b END)
athena_sequence_moments(a, b, s) AS athena_sequence_times(a, athena_sequence_check(epoch(s) > 0, a, b), s, ceil(abs((epoch(b) - epoch(a)) / epoch(s))))
athena_sequence_list(l) AS athena_sequence_end(l, len(l))
athena_sequence(a DATE, b DATE) AS list_transform(generate_series(a, athena_sequence_end(b, abs(date_diff('day', a, b)) + 1), CASE WHEN a <= b THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END), lambda d: CAST(d AS DATE)), (a, b) AS generate_series(a, athena_sequence_end(b, abs(CAST(b AS DOUBLE) - CAST(a AS DOUBLE)) + 1), CASE WHEN a <= b THEN 1 ELSE -1 END)
athena_sequence_step(a DATE, b DATE, s INTERVAL) AS list_transform(athena_sequence_list(athena_sequence_moments(a, b, s)), lambda d: CAST(d AS DATE)), (a TIMESTAMP, b TIMESTAMP, s INTERVAL) AS athena_sequence_list(athena_sequence_moments(a, b, s)), (a, b, s) AS generate_series(a, athena_sequence_end(athena_sequence_check(s > 0, a, b), abs((CAST(b AS DOUBLE) - CAST(a AS DOUBLE)) / s) + 1), s)
athena_repeat(x, n) AS list_transform(generate_series(1, athena_bounded(n, n, 'count argument of repeat function must be less than or equal to 10000')), lambda i: x)
athena_padded(n) AS CASE WHEN n < 0 OR n > 2147483647 THEN error('Target length must be in the range [0..2147483647]') WHEN n > 16777216 THEN error('a text of more than 16777216 characters is not made here') ELSE CAST(n AS INTEGER) END
athena_lpad(s, n, p) AS lpad(s, athena_padded(n), p)
athena_rpad(s, n, p) AS rpad(s, athena_padded(n), p)
athena_md5(b) AS unhex(md5(b))
athena_sha1(b) AS unhex(sha1(b))
athena_sha256(b) AS unhex(sha256(b))
athena_geometric_mean(x) AS exp(avg(ln(x)))
athena_truncate(x) AS athena_like_type(trunc(x), x), (x, n) AS athena_like_type(trunc(x * power(10, n)) / power(10, n), x)
athena_width_bucket(x, a, b, n) AS CASE WHEN x < a THEN 0 WHEN x >= b THEN n + 1 ELSE CAST(floor((x - a) * 1e0 / (b - a) * n) AS BIGINT) + 1 END
athena_url_host(u) AS CASE WHEN regexp_matches(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://') THEN regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)', 1) END
athena_url_path(u) AS regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)
athena_url_protocol(u) AS regexp_extract(u, '^([a-zA-Z][a-zA-Z0-9+.-]*):', 1)
athena_url_query(u) AS regexp_extract(u, '\?([^#]*)', 1)
athena_url_parameter(u, n) AS CASE WHEN regexp_matches(u, '[?&]' || n || '=') THEN url_decode(regexp_extract(u, '[?&]' || n || '=([^&#]*)', 1)) END
athena_codepoint(s) AS CAST(unicode(s) AS INTEGER)
"""


def statements() -> list[str]:
    return [f"CREATE MACRO {line}" for line in MACROS.strip().splitlines()]


def install(connection: Any) -> None:
    """Teach a DuckDB connection Athena's functions."""
    connection.create_function("athena_double_text", double_text, ["DOUBLE"], "VARCHAR")
    for statement in statements():
        connection.execute(statement)
