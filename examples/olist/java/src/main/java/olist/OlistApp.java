package olist;

import io.github.cdkdatalakeaccelerator.Curation;
import io.github.cdkdatalakeaccelerator.DataLakeAccelerator;
import io.github.cdkdatalakeaccelerator.DataLakeZone;
import io.github.cdkdatalakeaccelerator.DataStreamDefinition;
import io.github.cdkdatalakeaccelerator.LakeNetwork;
import io.github.cdkdatalakeaccelerator.OnNewDataOptions;
import io.github.cdkdatalakeaccelerator.PersonaRolesOptions;
import io.github.cdkdatalakeaccelerator.PersonaTrust;
import io.github.cdkdatalakeaccelerator.ServerlessWarehouseOptions;
import io.github.cdkdatalakeaccelerator.TableDefinition;
import io.github.cdkdatalakeaccelerator.UsageLimit;
import io.github.cdkdatalakeaccelerator.Warehouse;
import io.github.cdkdatalakeaccelerator.WarehouseOptions;
import io.github.cdkdatalakeaccelerator.WorkflowStart;
import io.github.cdkdatalakeaccelerator.ZoneDefinition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.s3.assets.AssetOptions;
import software.constructs.Construct;

/** A lake for an online market: four batch tables, two streams, and the performance of its sellers as the curated table, also in a warehouse. */
public final class OlistApp {
  /** The example's folder: ../.. of this project's, unless -Dolist.folder says otherwise. */
  private static final Path FOLDER = Path.of(System.getProperty("olist.folder", "..")).toAbsolutePath().normalize();

  public static void main(String[] arguments) {
    App app = new App();
    new OlistStack(app, "OlistLake", StackProps.builder().description("Data lake of the Olist example").build());
    app.synth();
  }

  static final class OlistStack extends Stack {
    OlistStack(Construct scope, String id, StackProps props) {
      super(scope, id, props);

      DataLakeAccelerator lake = DataLakeAccelerator.Builder.create(this, "Lake")
          .tables(TABLES)
          .zones(List.of(
              ZoneDefinition.builder()
                  .name("drop")
                  .dataStreams(List.of(
                      // The library's own function: reads CSV, transforms it, writes CSV.
                      DataStreamDefinition.builder().name("clickstream").suffix(".csv").build(),
                      // A function of the example's own: writes what an image's header says.
                      DataStreamDefinition.builder().name("images").code(images()).build()))
                  .build(),
              ZoneDefinition.builder().name("raw").dataStreams(List.of()).build(),
              ZoneDefinition.builder().name("curated").build(),
              ZoneDefinition.builder().name("sandbox").standalone(true).build()))
          .curation(Curation.sellerPerformance())
          // Right for a demonstration: see ../app.ts.
          .start(WorkflowStart.onNewData(OnNewDataOptions.builder().batchSize(4).batchWindow(Duration.seconds(10)).build()))
          .personas(PersonaRolesOptions.builder().trust(PersonaTrust.account()).build())
          .warehouse(WarehouseOptions.builder()
              .network(LakeNetwork.Builder.create(this, "Network").ephemeral(true).build().attachment())
              .compute(Warehouse.serverless(ServerlessWarehouseOptions.builder()
                  .usageLimit(UsageLimit.builder().rpuHours(8).build())
                  .build()))
              .build())
          .ephemeral(true)
          .build();

      for (DataLakeZone zone : lake.getZones()) {
        String name = zone.getZoneName();
        output(name.substring(0, 1).toUpperCase() + name.substring(1) + "Bucket", zone.getBucket().getBucketName(), "Bucket of zone " + name);
      }
      output("RawDatabase", lake.getCatalog().databaseName("raw"), "Glue database of the raw tables");
      output("CuratedDatabase", lake.getCatalog().databaseName("curated"), "Glue database of the curated table");
      output("WorkflowName", lake.getCatalog().getWorkflow().getWorkflowName(), "Glue workflow from drop to curated");
      output("WorkgroupName", lake.getWorkgroup().getWorkgroupName(), "Athena workgroup");
      output("WarehouseHost", lake.getWarehouse().getHost(), "Host of the Redshift warehouse");
      output("DeadLetterQueueUrl", lake.getDeadLetterQueue().getQueue().getQueueUrl(), "What could not be processed");
    }

    private Code images() {
      return Code.fromAsset(FOLDER.resolve("lambda").resolve("images").toString(),
          AssetOptions.builder().exclude(List.of("tests", "__pycache__")).build());
    }

    private void output(String id, String value, String description) {
      CfnOutput.Builder.create(this, id).value(value).description(description).build();
    }
  }

  /** The columns of Olist's public data sets, in the order of the files. */
  private static final List<TableDefinition> TABLES = List.of(
      table("order_items", "order_id string", "order_item_id int", "product_id string", "seller_id string",
          "shipping_limit_date timestamp", "price double", "freight_value double"),
      table("order_reviews", "review_id string", "order_id string", "review_score int", "review_comment_title string",
          "review_comment_message string", "review_creation_date timestamp", "review_answer_timestamp timestamp"),
      table("closed_deals", "mql_id string", "seller_id string", "sdr_id string", "sr_id string", "won_date timestamp",
          "business_segment string", "lead_type string", "lead_behaviour_profile string", "has_company boolean", "has_gtin boolean",
          "average_stock string", "business_type string", "declared_product_catalog_size double", "declared_monthly_revenue double"),
      // Without a schema: its job finds the columns and their types, and the drop zone's crawler has something to do.
      TableDefinition.builder().name("sellers").build());

  /** Columns have an order, which Map.of would lose. */
  private static TableDefinition table(String name, String... columns) {
    Map<String, String> schema = new LinkedHashMap<>();
    for (String column : columns) {
      String[] parts = column.split(" ");
      schema.put(parts[0], parts[1]);
    }
    return TableDefinition.builder().name(name).schema(schema).build();
  }
}
