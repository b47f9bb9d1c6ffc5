-- The extension aws_s3: what it is told to import is answered by the Data API, which has the rows put into the table.
-- https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PostgreSQL.S3Import.Reference.html
CREATE SCHEMA aws_commons;
CREATE SCHEMA aws_s3;
CREATE TYPE aws_commons._s3_uri_1 AS (bucket text, file_path text, region text);
CREATE FUNCTION aws_commons.create_s3_uri(bucket text, file_path text, region text) RETURNS aws_commons._s3_uri_1 IMMUTABLE LANGUAGE sql
  AS 'SELECT ROW(bucket, file_path, region)::aws_commons._s3_uri_1';
CREATE FUNCTION aws_s3.asked(table_name text, column_list text, options text, s3_info aws_commons._s3_uri_1) RETURNS text[] IMMUTABLE
  LANGUAGE sql AS 'SELECT ARRAY[table_name, column_list, options, (s3_info).bucket, (s3_info).file_path, (s3_info).region]';
CREATE FUNCTION aws_s3.asked(table_name text, column_list text, options text, bucket text, file_path text, region text) RETURNS text[] IMMUTABLE
  LANGUAGE sql AS 'SELECT ARRAY[table_name, column_list, options, bucket, file_path, region]';
CREATE FUNCTION aws_s3.table_import_from_s3(table_name text, column_list text, options text, s3_info aws_commons._s3_uri_1) RETURNS text
  LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'aws_s3 imports through the RDS Data API here, in a SELECT of its own'; END $$;
CREATE FUNCTION aws_s3.table_import_from_s3(table_name text, column_list text, options text, bucket text, file_path text, region text) RETURNS text
  LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'aws_s3 imports through the RDS Data API here, in a SELECT of its own'; END $$;
