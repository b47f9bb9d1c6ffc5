-- Number of deals and sum of their value (declared_monthly_revenue) for each seller; a deal counts once per mql_id.
WITH deals AS (
  SELECT mql_id, seller_id, max(declared_monthly_revenue) AS declared_monthly_revenue
  FROM lake.seller_performance
  GROUP BY mql_id, seller_id
)
SELECT seller_id,
       count(*) AS deals,
       coalesce(sum(declared_monthly_revenue), 0) AS deal_value
FROM deals
WHERE mql_id IS NOT NULL
GROUP BY seller_id
ORDER BY deal_value DESC, deals DESC, seller_id
