-- The average review of the sellers that each sales development representative (SDR) won, best first.
-- A review counts once per (review, order, seller), also if the SDR won the seller with several deals.
WITH reviews AS (
  SELECT DISTINCT sdr_id, review_id, order_id, seller_id, review_score
  FROM lake.seller_performance
)
SELECT sdr_id,
       count(DISTINCT seller_id) AS sellers,
       count(review_score) AS reviews,
       avg(cast(review_score AS double precision)) AS average_review
FROM reviews
WHERE sdr_id IS NOT NULL
GROUP BY sdr_id
ORDER BY average_review DESC NULLS LAST, reviews DESC, sdr_id
