"""The tables of the example: their files as Kaggle names them, and their columns with Spark SQL types, in the order of the files.

The two data sets are "Brazilian E-Commerce Public Dataset by Olist" (olistbr/brazilian-ecommerce) and "Marketing Funnel by Olist"
(olistbr/marketing-funnel-olist). Their other files are not used here.
"""

from __future__ import annotations

KAGGLE_FILES: dict[str, str] = {
    "order_items": "olist_order_items_dataset.csv",
    "order_reviews": "olist_order_reviews_dataset.csv",
    "closed_deals": "olist_closed_deals_dataset.csv",
    "sellers": "olist_sellers_dataset.csv",
}

SCHEMAS: dict[str, dict[str, str]] = {
    "order_items": {
        "order_id": "string",
        "order_item_id": "int",
        "product_id": "string",
        "seller_id": "string",
        "shipping_limit_date": "timestamp",
        "price": "double",
        "freight_value": "double",
    },
    "order_reviews": {
        "review_id": "string",
        "order_id": "string",
        "review_score": "int",
        "review_comment_title": "string",
        "review_comment_message": "string",
        "review_creation_date": "timestamp",
        "review_answer_timestamp": "timestamp",
    },
    "closed_deals": {
        "mql_id": "string",
        "seller_id": "string",
        "sdr_id": "string",
        "sr_id": "string",
        "won_date": "timestamp",
        "business_segment": "string",
        "lead_type": "string",
        "lead_behaviour_profile": "string",
        "has_company": "boolean",
        "has_gtin": "boolean",
        "average_stock": "string",
        "business_type": "string",
        "declared_product_catalog_size": "double",
        "declared_monthly_revenue": "double",
    },
    "sellers": {
        "seller_id": "string",
        "seller_zip_code_prefix": "string",
        "seller_city": "string",
        "seller_state": "string",
    },
}

REAL_ROWS: dict[str, int] = {"order_items": 112_650, "order_reviews": 99_224, "closed_deals": 842, "sellers": 3_095}
"""How many rows the real files have."""
