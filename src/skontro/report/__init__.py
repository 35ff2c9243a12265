"""The report of a settled period: one HTML file that loads nothing from other hosts."""

from skontro.report.page import is_report, render_report, write_report

__all__ = ["is_report", "render_report", "write_report"]
