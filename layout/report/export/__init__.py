"""What is handed on of a plan: workbook, map layers, tables, pictures."""
