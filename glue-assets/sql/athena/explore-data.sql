-- What is in the raw zone: for each table its rows, how many different keys they have, and the days that they span.
-- Runs in the database of the raw zone.
SELECT 'order_items' AS table_name,
       count(*) AS row_count,
       'order_id' AS key_column,
       count(DISTINCT order_id) AS distinct_keys,
       cast(min(date(shipping_limit_date)) AS varchar) AS first_day,
       cast(max(date(shipping_limit_date)) AS varchar) AS last_day
FROM raw_order_items
UNION ALL
SELECT 'order_reviews', count(*), 'review_id', count(DISTINCT review_id),
       cast(min(date(review_creation_date)) AS varchar), cast(max(date(review_creation_date)) AS varchar)
FROM raw_order_reviews
UNION ALL
SELECT 'closed_deals', count(*), 'mql_id', count(DISTINCT mql_id),
       cast(min(date(won_date)) AS varchar), cast(max(date(won_date)) AS varchar)
FROM raw_closed_deals
UNION ALL
SELECT 'sellers', count(*), 'seller_id', count(DISTINCT seller_id),
       cast(NULL AS varchar), cast(NULL AS varchar)
FROM raw_sellers
ORDER BY table_name
