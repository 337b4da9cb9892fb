"""The stylesheet and the scripts of a report, copied into every site as they are.

Plain scripts in the order of `mmeval.results.site.pages.SCRIPTS`: a page that is opened
from disk may load neither modules nor data by `fetch`. They share one object, `mmeval`.
"""
