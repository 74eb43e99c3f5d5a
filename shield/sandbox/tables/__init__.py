"""Reading tables inside the child: CSV, Parquet and Arrow as streams of plain columns."""
