-- The average review of each seller, best first; a review counts once per (review, order, seller).
WITH reviews AS (
  SELECT DISTINCT review_id, order_id, seller_id, review_score
  FROM lake.seller_performance
)
SELECT seller_id,
       count(review_score) AS reviews,
       avg(cast(review_score AS double precision)) AS average_review
FROM reviews
GROUP BY seller_id
ORDER BY average_review DESC NULLS LAST, reviews DESC, seller_id
