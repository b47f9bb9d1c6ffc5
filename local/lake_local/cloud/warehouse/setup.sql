-- What each database of a warehouse has: Redshift's rights on the schema public, and a schema of functions and views of ours.
-- It runs each time that the server has started: everything in it may be there already.
CREATE SCHEMA IF NOT EXISTS rs;
GRANT USAGE ON SCHEMA rs TO PUBLIC;

-- AVG: BIGINT of integers, the argument's scale of decimals. https://docs.aws.amazon.com/redshift/latest/dg/r_AVG.html
-- A 0 among decimals has no scale of its own: the values' largest is the expression's.
DO $$
DECLARE kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION rs.avg_of(given numeric, sample %s, digits integer) RETURNS bigint IMMUTABLE LANGUAGE sql
                    AS ''SELECT trunc(given)::bigint''', kind);
  END LOOP;
  FOREACH kind IN ARRAY ARRAY['real', 'double precision'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION rs.avg_of(given double precision, sample %s, digits integer) RETURNS double precision
                    IMMUTABLE LANGUAGE sql AS ''SELECT given''', kind);
  END LOOP;
  FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'real', 'double precision'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION rs.scale_of(given %s) RETURNS integer IMMUTABLE LANGUAGE sql AS ''SELECT 0''', kind);
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION rs.avg_of(given numeric, sample numeric, digits integer) RETURNS numeric IMMUTABLE LANGUAGE sql
  AS 'SELECT trunc(given, digits)';
CREATE OR REPLACE FUNCTION rs.scale_of(given numeric) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT scale(given)';

-- SUM: BIGINT of integers, DOUBLE PRECISION of both floats. https://docs.aws.amazon.com/redshift/latest/dg/r_SUM.html
CREATE OR REPLACE FUNCTION rs.plus_real(total double precision, given real) RETURNS double precision IMMUTABLE LANGUAGE sql
  AS 'SELECT CASE WHEN given IS NULL THEN total ELSE COALESCE(total, 0) + given END';
CREATE OR REPLACE AGGREGATE rs.sum(smallint) (SFUNC = int2_sum, STYPE = bigint);
CREATE OR REPLACE AGGREGATE rs.sum(integer) (SFUNC = int4_sum, STYPE = bigint);
CREATE OR REPLACE AGGREGATE rs.sum(bigint) (SFUNC = int8pl, STYPE = bigint);
CREATE OR REPLACE AGGREGATE rs.sum(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_sum);
CREATE OR REPLACE AGGREGATE rs.sum(real) (SFUNC = rs.plus_real, STYPE = double precision);
CREATE OR REPLACE AGGREGATE rs.sum(double precision) (SFUNC = float8pl, STYPE = double precision);

-- MEDIAN, PERCENTILE_CONT: DECIMAL of integers, with one digit. https://docs.aws.amazon.com/redshift/latest/dg/r_MEDIAN.html
CREATE OR REPLACE FUNCTION rs.percentile_cont(share numeric, given numeric[]) RETURNS numeric IMMUTABLE LANGUAGE sql
  AS 'SELECT round(given[floor(place)::int] + (place - floor(place)) * (given[ceil(place)::int] - given[floor(place)::int]),
                    (SELECT max(scale(one)) + 1 FROM unnest(given) one))
      FROM (SELECT share * (cardinality(given) - 1) + 1 AS place) found';
CREATE OR REPLACE FUNCTION rs.percentile_cont(share numeric, given bigint[]) RETURNS numeric IMMUTABLE LANGUAGE sql
  AS 'SELECT rs.percentile_cont(share, given::numeric[])';
CREATE OR REPLACE FUNCTION rs.percentile_cont(share numeric, given integer[]) RETURNS numeric IMMUTABLE LANGUAGE sql
  AS 'SELECT rs.percentile_cont(share, given::numeric[])';
CREATE OR REPLACE FUNCTION rs.percentile_cont(share numeric, given smallint[]) RETURNS numeric IMMUTABLE LANGUAGE sql
  AS 'SELECT rs.percentile_cont(share, given::numeric[])';
CREATE OR REPLACE FUNCTION rs.percentile_cont(share numeric, given double precision[]) RETURNS double precision IMMUTABLE LANGUAGE sql
  AS 'SELECT CASE WHEN given[floor(place)::int] = given[ceil(place)::int] THEN given[floor(place)::int]
                  ELSE given[floor(place)::int] + (place - floor(place)) * (given[ceil(place)::int] - given[floor(place)::int]) END
      FROM (SELECT (share * (cardinality(given) - 1) + 1)::double precision AS place) found';
CREATE OR REPLACE FUNCTION rs.percentile_cont(share numeric, given real[]) RETURNS double precision IMMUTABLE LANGUAGE sql
  AS 'SELECT rs.percentile_cont(share, given::double precision[])';

-- LISTAGG ends at 64 KB. https://docs.aws.amazon.com/redshift/latest/dg/r_LISTAGG.html
CREATE OR REPLACE FUNCTION rs.within_64k(given text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF octet_length(given) > 65535 THEN RAISE EXCEPTION 'Result size exceeds LISTAGG limit'; END IF;
  RETURN given;
END $$;
CREATE OR REPLACE FUNCTION rs.or_empty(source text, given text) RETURNS text IMMUTABLE LANGUAGE sql
  AS 'SELECT CASE WHEN source IS NOT NULL THEN COALESCE(given, '''') END';
CREATE OR REPLACE FUNCTION rs.json_extract_path_text(source text, path text[]) RETURNS text IMMUTABLE LANGUAGE sql
  AS 'SELECT CASE WHEN source <> '''' THEN source::json #>> path END';

-- Texts. UPPER, LOWER and INITCAP know the letters of every language; ILIKE and the classes of patterns those of ASCII.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_LOWER.html https://docs.aws.amazon.com/redshift/latest/dg/r_patternmatching_condition_like.html
CREATE OR REPLACE FUNCTION rs.upper(given text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper(given COLLATE "pg_c_utf8")';
CREATE OR REPLACE FUNCTION rs.lower(given text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(given COLLATE "pg_c_utf8")';
CREATE OR REPLACE FUNCTION rs.initcap(given text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT initcap(given COLLATE "pg_c_utf8")';
CREATE OR REPLACE FUNCTION rs.at_least(smallest integer, given integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF given < smallest THEN RAISE EXCEPTION 'the argument % must be at least %', given, smallest; END IF;
  RETURN given;
END $$;
-- Casts to texts of so many bytes. https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
CREATE OR REPLACE FUNCTION rs.varchar_of(given text, bytes integer) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF octet_length(given) > bytes AND octet_length(given) <> length(given) THEN
    RAISE EXCEPTION 'a cast to VARCHAR(%) that cuts a text with characters of several bytes is not supported here', bytes;
  END IF;
  RETURN given;
END $$;
CREATE OR REPLACE FUNCTION rs.char_of(given text, bytes integer) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF octet_length(given) <> length(given) THEN RAISE EXCEPTION 'a CHAR has characters of one byte only'; END IF;
  RETURN given;
END $$;

-- CEIL, FLOOR, ROUND and TRUNC have their argument's type. https://docs.aws.amazon.com/redshift/latest/dg/r_CEILING_FLOOR.html
DO $$
DECLARE kind text; name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ceil', 'floor'] LOOP
    FOREACH kind IN ARRAY ARRAY['numeric', 'real', 'double precision'] LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION rs.%1$s(given %2$s) RETURNS %2$s IMMUTABLE LANGUAGE sql AS ''SELECT %1$s(given)::%2$s''',
                     name, kind);
    END LOOP;
  END LOOP;
  FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint'] LOOP
    FOREACH name IN ARRAY ARRAY['ceil', 'floor', 'round', 'trunc'] LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION rs.%1$s(given %2$s) RETURNS %2$s IMMUTABLE LANGUAGE sql AS ''SELECT given''', name, kind);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['round', 'trunc'] LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION rs.%1$s(given %2$s, digits integer) RETURNS %2$s IMMUTABLE LANGUAGE sql
                      AS ''SELECT %1$s(given::numeric, digits)::%2$s''', name, kind);
    END LOOP;
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION rs.round(given numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT round(given)';
CREATE OR REPLACE FUNCTION rs.round(given numeric, digits integer) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT round(given, digits)';
-- By its text: the cast of a float to a decimal keeps 15 digits.
CREATE OR REPLACE FUNCTION rs.round(given double precision) RETURNS double precision IMMUTABLE LANGUAGE sql
  AS 'SELECT round(given::text::numeric)::double precision';
CREATE OR REPLACE FUNCTION rs.round(given double precision, digits integer) RETURNS double precision IMMUTABLE LANGUAGE sql
  AS 'SELECT round(given::text::numeric, digits)::double precision';
CREATE OR REPLACE FUNCTION rs.trunc(given numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT trunc(given)';
CREATE OR REPLACE FUNCTION rs.trunc(given numeric, digits integer) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT trunc(given, digits)';
CREATE OR REPLACE FUNCTION rs.trunc(given double precision) RETURNS double precision IMMUTABLE LANGUAGE sql AS 'SELECT trunc(given)';
CREATE OR REPLACE FUNCTION rs.trunc(given timestamp) RETURNS date IMMUTABLE LANGUAGE sql AS 'SELECT given::date';

-- Times. https://docs.aws.amazon.com/redshift/latest/dg/Date_functions_header.html
CREATE OR REPLACE FUNCTION rs.getdate() RETURNS timestamp STABLE LANGUAGE sql AS 'SELECT date_trunc(''second'', statement_timestamp())::timestamp';
CREATE OR REPLACE FUNCTION rs.last_day(given timestamp) RETURNS date IMMUTABLE LANGUAGE sql
  AS 'SELECT (date_trunc(''month'', given) + interval ''1 month -1 day'')::date';
CREATE OR REPLACE FUNCTION rs.add_months(given timestamp, months integer) RETURNS timestamp IMMUTABLE LANGUAGE sql
  AS 'SELECT CASE WHEN given::date = rs.last_day(given) THEN rs.last_day(date_trunc(''month'', given) + make_interval(months => months)) + given::time
             ELSE given + make_interval(months => months) END';
CREATE OR REPLACE FUNCTION rs.dateadd(part text, amount bigint, given timestamp) RETURNS timestamp IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF part NOT IN ('year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second') THEN
    RAISE EXCEPTION 'DATEADD(%) is not supported here', part;
  END IF;
  RETURN given + CASE part WHEN 'quarter' THEN make_interval(months => (3 * amount)::int) ELSE (amount || ' ' || part)::interval END;
END $$;
-- DATEDIFF counts the boundaries that are crossed. https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html
CREATE OR REPLACE FUNCTION rs.datediff(part text, began timestamp, ended timestamp) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE by_monday bigint; by_sunday bigint; months bigint;
BEGIN
  months := (extract(year FROM ended) - extract(year FROM began)) * 12 + extract(month FROM ended) - extract(month FROM began);
  CASE part
    WHEN 'year' THEN RETURN (extract(year FROM ended) - extract(year FROM began))::bigint;
    WHEN 'quarter' THEN
      RETURN ((extract(year FROM ended) - extract(year FROM began)) * 4 + extract(quarter FROM ended) - extract(quarter FROM began))::bigint;
    WHEN 'month' THEN RETURN months;
    WHEN 'week' THEN
      by_monday := (date_trunc('week', ended)::date - date_trunc('week', began)::date) / 7;
      by_sunday := (date_trunc('week', ended + interval '1 day')::date - date_trunc('week', began + interval '1 day')::date) / 7;
      IF by_monday <> by_sunday THEN
        RAISE EXCEPTION 'DATEDIFF(week) of these two is not known here: it depends on the day that a week begins with';
      END IF;
      RETURN by_monday;
    WHEN 'day' THEN RETURN ended::date - began::date;
    WHEN 'hour' THEN RETURN (extract(epoch FROM date_trunc('hour', ended) - date_trunc('hour', began)) / 3600)::bigint;
    WHEN 'minute' THEN RETURN (extract(epoch FROM date_trunc('minute', ended) - date_trunc('minute', began)) / 60)::bigint;
    WHEN 'second' THEN RETURN extract(epoch FROM date_trunc('second', ended) - date_trunc('second', began))::bigint;
    ELSE RAISE EXCEPTION 'DATEDIFF(%) is not supported here', part;
  END CASE;
END $$;
CREATE OR REPLACE FUNCTION rs.date_trunc(part text, given timestamp) RETURNS timestamp IMMUTABLE LANGUAGE sql AS 'SELECT date_trunc(part, given)';
CREATE OR REPLACE FUNCTION rs.date_trunc(part text, given date) RETURNS timestamp IMMUTABLE LANGUAGE sql
  AS 'SELECT date_trunc(part, given::timestamp)';
CREATE OR REPLACE FUNCTION rs.date_trunc(part text, given timestamptz) RETURNS timestamptz STABLE LANGUAGE sql
  AS 'SELECT date_trunc(part, given)';
CREATE OR REPLACE FUNCTION rs.extract_part(part text, given timestamp) RETURNS integer IMMUTABLE LANGUAGE sql
  AS 'SELECT trunc(CASE part WHEN ''year'' THEN extract(year FROM given) WHEN ''quarter'' THEN extract(quarter FROM given)
       WHEN ''month'' THEN extract(month FROM given) WHEN ''week'' THEN extract(week FROM given) WHEN ''day'' THEN extract(day FROM given)
       WHEN ''dow'' THEN extract(dow FROM given) WHEN ''doy'' THEN extract(doy FROM given) WHEN ''hour'' THEN extract(hour FROM given)
       WHEN ''minute'' THEN extract(minute FROM given) WHEN ''second'' THEN extract(second FROM given)
       WHEN ''epoch'' THEN extract(epoch FROM given) END)::integer';

-- Users sign in, or are IAM's; everything else is a group or a role.
CREATE OR REPLACE FUNCTION rs.is_user(given oid) RETURNS boolean STABLE LANGUAGE sql
  AS 'SELECT rolcanlogin OR rolname ~ ''^IAMR?:'' FROM pg_catalog.pg_roles WHERE oid = given';
CREATE OR REPLACE FUNCTION rs.count_of(given oid) RETURNS bigint STABLE LANGUAGE plpgsql AS $$
DECLARE counted bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', given::regclass) INTO counted;
  RETURN counted;
END $$;

-- Layouts of tables are kept in their comments. https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
CREATE OR REPLACE FUNCTION rs.layout(given oid) RETURNS jsonb STABLE LANGUAGE sql
  AS 'SELECT COALESCE(substr(obj_description(given, ''pg_class''), 6)::jsonb, ''{}'')';
CREATE OR REPLACE FUNCTION rs.keep_layout(name text, wanted jsonb, replaces boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE known jsonb := rs.layout(name::regclass);
BEGIN
  IF replaces OR known = '{}' THEN
    EXECUTE format('COMMENT ON TABLE %s IS %L', name::regclass, 'lake:' || (known || wanted)::text);
  END IF;
END $$;
CREATE OR REPLACE VIEW rs.svv_table_info AS
  SELECT current_database()::varchar AS "database", n.nspname::varchar AS "schema", c.oid::int AS table_id, c.relname::varchar AS "table",
    'N'::varchar AS encoded,
    (CASE l.kept ->> 'style' WHEN 'KEY' THEN 'KEY(' || (l.kept ->> 'key') || ')' WHEN 'AUTO' THEN 'AUTO(ALL)' ELSE COALESCE(l.kept ->> 'style', 'AUTO(ALL)') END)::varchar AS diststyle,
    COALESCE(l.kept -> 'sort' ->> 0, 'AUTO(SORTKEY)')::varchar AS sortkey1,
    COALESCE(jsonb_array_length(l.kept -> 'sort'), 0) * CASE WHEN l.kept ->> 'interleaved' = 'true' THEN -1 ELSE 1 END AS sortkey_num,
    (pg_relation_size(c.oid) / 1048576)::bigint AS size,
    rs.count_of(c.oid) AS tbl_rows
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (SELECT rs.layout(c.oid) AS kept) l
  WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'rs') AND n.nspname NOT LIKE 'pg\_t%'
    AND has_table_privilege(c.oid, 'SELECT');
CREATE OR REPLACE VIEW rs.svv_tables AS SELECT table_catalog::varchar, table_schema::varchar, table_name::varchar, table_type::varchar
  FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'rs');
CREATE OR REPLACE VIEW rs.svv_columns AS SELECT table_catalog::varchar, table_schema::varchar, table_name::varchar, column_name::varchar,
    ordinal_position::int, column_default::varchar, is_nullable::varchar, data_type::varchar, character_maximum_length::int
  FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'rs');
CREATE OR REPLACE VIEW rs.pg_user AS SELECT rolname AS usename, oid::int AS usesysid, rolcreatedb AS usecreatedb, rolcreaterole AS usesuper
  FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\_%' AND rolname NOT LIKE 'api:%' AND rolname <> 'lake' AND rs.is_user(oid);
CREATE OR REPLACE VIEW rs.pg_group AS SELECT rolname AS groname, oid::int AS grosysid
  FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\_%' AND rolname NOT LIKE 'api:%' AND rolname <> 'lake' AND NOT rs.is_user(oid);
GRANT SELECT ON ALL TABLES IN SCHEMA rs TO PUBLIC;
