"""Writes the Parquet files of DataFormsTest, as pyarrow does by default, with zstd, and with chat messages.

python3 make_parquet.py ../resources/data
"""

import sys
import pyarrow
import pyarrow.parquet

out = sys.argv[1]
rows = {
    "question": ["Ann has 3 pens and buys 4. How many?", "Tom has 5 apples.\nHow many?"],
    "answer": ["3 + 4 = <<3+4=7>>7\n#### 7", "5\n#### 5"],
}
pyarrow.parquet.write_table(pyarrow.table(rows), out + "/gsm8k.parquet")
numbers = {"q": rows["question"], "result": [7, 5], "id": [10, 11], "tags": [["a"], None]}
pyarrow.parquet.write_table(pyarrow.table(numbers), out + "/numbers.zstd.parquet", compression="zstd")
chat = [
    [{"role": "system", "content": "Solve."}, {"role": "user", "content": q}, {"role": "assistant", "content": a}]
    for q, a in zip(rows["question"], ["She has 3 + 4 = 7.\n\\boxed{7}", "The answer is 5."])
]
pyarrow.parquet.write_table(pyarrow.table({"messages": chat}), out + "/messages.parquet")
