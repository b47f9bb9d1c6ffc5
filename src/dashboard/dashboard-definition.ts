import * as quicksight from 'aws-cdk-lib/aws-quicksight';

/** A bar for each seller or SDR. */
interface Bars {
  readonly id: string;
  readonly query: string;
  readonly title: string;
  readonly category: string;
  readonly value: string;
  readonly aggregation: 'SUM' | 'AVERAGE';
}

/** The four visuals: each category has one row, so that the aggregation changes nothing. */
const VISUALS: readonly Bars[] = [
  {
    id: 'review-per-seller',
    query: 'average-review-per-seller',
    title: 'Average review per seller',
    category: 'seller_id',
    value: 'average_review',
    aggregation: 'AVERAGE',
  },
  {
    id: 'review-per-sdr',
    query: 'average-review-per-sdr',
    title: 'Average review per SDR',
    category: 'sdr_id',
    value: 'average_review',
    aggregation: 'AVERAGE',
  },
  {
    id: 'deals-per-seller', query: 'deals-and-value-per-seller', title: 'Deals per seller', category: 'seller_id', value: 'deals', aggregation: 'SUM',
  },
  {
    id: 'value-per-seller', query: 'deals-and-value-per-seller', title: 'Deal value per seller', category: 'seller_id', value: 'deal_value', aggregation: 'SUM',
  },
];

/** As many bars as one can read; the rest is one bar. */
const MOST_BARS = 20;

/** What an analysis and a dashboard have in common. */
export interface Definition {
  readonly dataSetIdentifierDeclarations: { readonly identifier: string; readonly dataSetArn: string }[];
  readonly sheets: quicksight.CfnDashboard.SheetDefinitionProperty[];
}

/** Returns one sheet of four visuals over the data sets, by their queries. */
export function definitionOf(dataSets: { readonly [query: string]: string }, title: string): Definition {
  return {
    dataSetIdentifierDeclarations: Object.entries(dataSets).map(([identifier, dataSetArn]) => ({ identifier, dataSetArn })),
    sheets: [{ sheetId: 'sheet', name: title, visuals: VISUALS.map((bars) => ({ barChartVisual: chart(bars) })) }],
  };
}

function chart({ id, query, title, category, value, aggregation }: Bars): quicksight.CfnDashboard.BarChartVisualProperty {
  const column = (columnName: string) => ({ dataSetIdentifier: query, columnName });
  return {
    visualId: id,
    title: { visibility: 'VISIBLE', formatText: { plainText: title } },
    chartConfiguration: {
      orientation: 'HORIZONTAL',
      fieldWells: {
        barChartAggregatedFieldWells: {
          category: [{ categoricalDimensionField: { fieldId: `${id}.category`, column: column(category) } }],
          values: [{
            numericalMeasureField: {
              fieldId: `${id}.value`, column: column(value), aggregationFunction: { simpleNumericalAggregation: aggregation },
            },
          }],
        },
      },
      sortConfiguration: {
        categorySort: [{ fieldSort: { fieldId: `${id}.value`, direction: 'DESC' } }],
        categoryItemsLimit: { itemsLimit: MOST_BARS, otherCategories: 'INCLUDE' },
      },
    },
  };
}
