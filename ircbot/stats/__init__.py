"""What many incidents say together: figures, the scorecard of the process, plots.

The hard part is not to say more than is known. So: medians and quantiles, never a bare mean, each
with how many incidents it rests on; intervals; "too few to say" below five; what is not known, or
goes on still, is counted and left out, never taken for zero; drills and imported incidents stand
apart, and withdrawn ones count nowhere. A step that was missed is a step, not a person.

facts.py takes of one incident what statistics need, all of it as the report and the review have
it (incident/stretches.py, review.py, closing.py); whoever has facts needs the incident no more.
measures.py has every figure with its definition, sample.py the arithmetic, overview.py puts them
together; text.py, page.py, plots.py and rows.py show it, in the words of wording.py. tables.py
makes tables of whole incidents, files.py writes them.

Knows no store, no configuration, no clock and no network.
"""
