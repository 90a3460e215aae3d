"""What is measured on runs, and in which words: access along the border, the error at camps; units, and the cells of a
comparison.
"""
