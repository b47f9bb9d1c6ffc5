"""A data set so small that its answers can be computed by hand."""

from __future__ import annotations

from pathlib import Path

from tables import KAGGLE_FILES, SCHEMAS

DATE = "2018-03-09 11:15:22"

# Order o1 has two items of seller A and one of B, and two reviews: 5 and 2. Order o2 has one item of A; its review 4 is the same review
# as that of o3, of seller B. o4 has no review, o5 no item. C sells o6 but has no deal. D has a deal but sells nothing.
ITEMS = f"""\
order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,1,p1,A,{DATE},10.00,1.50
o1,2,p1,A,{DATE},10.00,1.50
o1,3,p2,B,{DATE},20.00,1.50
o2,1,p1,A,{DATE},10.00,1.50
o3,1,p2,B,{DATE},20.00,1.50
o4,1,p2,B,{DATE},20.00,1.50
o6,1,p3,C,{DATE},30.00,1.50
o7,1,p3,A,{DATE},"58,90",1.50
o8,1,p3,A,2018-13-45 00:00:00,30.00,1.50
o9,1,p3,A,{DATE},30.00
o9,x,p3,A,{DATE},y,1.50
"""
REVIEWS = f"""\
review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp\r
r1,o1,5,"Ótimo","Chegou, e bem!\r\nO vendedor é ""dez"".",{DATE},{DATE}\r
r2,o1,2,,,{DATE},{DATE}\r
r3,o2,4,,,{DATE},{DATE}\r
r3,o3,4,,,{DATE},{DATE}\r
r5,o5,1,,,{DATE},{DATE}\r
r6,o6,1,,,{DATE},{DATE}\r
r7,o2,cinco,,,{DATE},{DATE}\r
"""
# A was won twice by sdr1 (100 and 50) and once by sdr2 (no value given), B once by sdr2 (7).
DEALS = f"""\
{",".join(SCHEMAS["closed_deals"])}
m1,A,sdr1,sr1,{DATE},pet,,"cat, wolf",True,,,reseller,,100.0
m2,A,sdr1,sr2,{DATE},pet,,,,,,,,50.0
m3,A,sdr2,sr2,{DATE},pet,,,,,,,20.0,
m4,B,sdr2,sr1,{DATE},,,,False,,,,,7.0
m5,D,sdr3,sr1,{DATE},,,,,,,,,9.0
"""
SELLERS = """\
seller_id,seller_zip_code_prefix,seller_city,seller_state
A,01310,sao paulo,SP
B,20081,rio de janeiro, centro,RJ
"""


def write(folder: Path) -> Path:
    for table, text in {"order_items": ITEMS, "order_reviews": REVIEWS, "closed_deals": DEALS, "sellers": SELLERS}.items():
        (folder / KAGGLE_FILES[table]).write_bytes(text.encode("utf-8"))
    return folder
