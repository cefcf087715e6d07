"""Statistics over many incidents: figures, the scorecard of the process, plots.

The hard part is not to claim more than is known. Therefore: medians and quantiles, never a bare
mean, each with the number of incidents behind it; intervals; "too few to say" below five; unknown
and ongoing values are counted and left out, never taken for zero; drills and imported incidents are
separate, and withdrawn ones are not counted. A missed step is a fact about the step, not about a
person.

facts.py extracts from one incident what statistics need, with the report's and the review's own
figures (incident/stretches.py, review.py, closing.py); after that the incident is not needed.
measures.py defines every figure, sample.py does the arithmetic, overview.py combines them; text.py,
page.py, plots.py and rows.py present them, with the words of wording.py. tables.py converts whole
incidents to tables, and files.py writes these.

Knows no store, no configuration, no clock and no network.
"""
