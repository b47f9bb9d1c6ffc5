-- How the reviews of each seller are spread over the scores.
-- curated_seller_performance repeats a review for each item of the order and for each deal of the seller: count it once.
WITH reviews AS (
  SELECT DISTINCT review_id, order_id, seller_id, review_score
  FROM curated_seller_performance
)
SELECT seller_id,
       count(review_score) AS reviews,
       count(*) FILTER (WHERE review_score = 1) AS one_star,
       count(*) FILTER (WHERE review_score = 2) AS two_stars,
       count(*) FILTER (WHERE review_score = 3) AS three_stars,
       count(*) FILTER (WHERE review_score = 4) AS four_stars,
       count(*) FILTER (WHERE review_score = 5) AS five_stars
FROM reviews
GROUP BY seller_id
ORDER BY reviews DESC, seller_id
