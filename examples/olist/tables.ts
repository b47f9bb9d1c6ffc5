import { TableDefinition } from 'cdk-datalake-accelerator';

/**
 * The tables of the example, with the columns of Olist's public data sets:
 * https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce and https://www.kaggle.com/datasets/olistbr/marketing-funnel-olist
 */
export const TABLES: TableDefinition[] = [
  {
    name: 'order_items',
    schema: {
      order_id: 'string',
      order_item_id: 'int',
      product_id: 'string',
      seller_id: 'string',
      shipping_limit_date: 'timestamp',
      price: 'double',
      freight_value: 'double',
    },
  },
  {
    name: 'order_reviews',
    schema: {
      review_id: 'string',
      order_id: 'string',
      review_score: 'int',
      review_comment_title: 'string',
      review_comment_message: 'string',
      review_creation_date: 'timestamp',
      review_answer_timestamp: 'timestamp',
    },
  },
  {
    name: 'closed_deals',
    schema: {
      mql_id: 'string',
      seller_id: 'string',
      sdr_id: 'string',
      sr_id: 'string',
      won_date: 'timestamp',
      business_segment: 'string',
      lead_type: 'string',
      lead_behaviour_profile: 'string',
      has_company: 'boolean',
      has_gtin: 'boolean',
      average_stock: 'string',
      business_type: 'string',
      declared_product_catalog_size: 'double',
      declared_monthly_revenue: 'double',
    },
  },
  // Without a schema: its job finds the columns and their types, and the drop zone's crawler has something to do.
  { name: 'sellers' },
];
