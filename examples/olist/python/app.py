"""The lake of ../app.ts, in Python.

pip install cdk-datalake-accelerator
lake up --app "python app.py"
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from cdk_datalake_accelerator import (
    Curation,
    DataLakeAccelerator,
    DataStreamDefinition,
    LakeNetwork,
    PersonaRolesOptions,
    PersonaTrust,
    TableDefinition,
    UsageLimit,
    Warehouse,
    WarehouseOptions,
    WorkflowStart,
    ZoneDefinition,
)
from constructs import Construct

IMAGES = Path(__file__).resolve().parent.parent / "lambda" / "images"

# The columns of Olist's public data sets, in the order of the files.
TABLES = {
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
    # Without a schema: its job finds the columns and their types, and the drop zone's crawler has something to do.
    "sellers": None,
}


class OlistStack(cdk.Stack):
    """A lake for an online market: four batch tables, two streams, and its sellers' performance, curated and in a warehouse."""

    def __init__(self, scope: Construct, construct_id: str, **options) -> None:
        super().__init__(scope, construct_id, **options)

        lake = DataLakeAccelerator(
            self,
            "Lake",
            tables=[TableDefinition(name=name, schema=schema) for name, schema in TABLES.items()],
            zones=[
                ZoneDefinition(
                    name="drop",
                    data_streams=[
                        # The library's own function: reads CSV, transforms it, writes CSV.
                        DataStreamDefinition(name="clickstream", suffix=".csv"),
                        # A function of the example's own: writes what an image's header says.
                        DataStreamDefinition(name="images", code=lambda_.Code.from_asset(str(IMAGES), exclude=["tests", "__pycache__"])),
                    ],
                ),
                ZoneDefinition(name="raw", data_streams=[]),
                ZoneDefinition(name="curated"),
                ZoneDefinition(name="sandbox", standalone=True),
            ],
            curation=Curation.seller_performance(),
            # Right for a demonstration: see ../app.ts.
            start=WorkflowStart.on_new_data(batch_size=4, batch_window=cdk.Duration.seconds(10)),
            personas=PersonaRolesOptions(trust=PersonaTrust.account()),
            warehouse=WarehouseOptions(
                network=LakeNetwork(self, "Network", ephemeral=True).attachment(),
                compute=Warehouse.serverless(usage_limit=UsageLimit(rpu_hours=8)),
            ),
            ephemeral=True,
        )

        for zone in lake.zones:
            name = zone.zone_name
            cdk.CfnOutput(self, f"{name.capitalize()}Bucket", value=zone.bucket.bucket_name, description=f"Bucket of zone {name}")
        outputs = {
            "RawDatabase": (lake.catalog.database_name("raw"), "Glue database of the raw tables"),
            "CuratedDatabase": (lake.catalog.database_name("curated"), "Glue database of the curated table"),
            "WorkflowName": (lake.catalog.workflow.workflow_name, "Glue workflow from drop to curated"),
            "WorkgroupName": (lake.workgroup.workgroup_name, "Athena workgroup"),
            "WarehouseHost": (lake.warehouse.host, "Host of the Redshift warehouse"),
            "DeadLetterQueueUrl": (lake.dead_letter_queue.queue.queue_url, "What could not be processed"),
        }
        for name, (value, description) in outputs.items():
            cdk.CfnOutput(self, name, value=value, description=description)


app = cdk.App()
OlistStack(app, "OlistLake", description="Data lake of the Olist example")
app.synth()
