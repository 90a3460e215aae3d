"""The brief as a file: PDF, Word, HTML, or a workbook of its planning figures."""

from crossings.brief.writer import form_of, maker_of, write_brief

__all__ = ["form_of", "maker_of", "write_brief"]
