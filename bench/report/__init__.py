"""The report, every measurement of one run as tables and charts in Markdown and HTML: `python -m bench.report`."""
