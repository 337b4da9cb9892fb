"""Judged runs -> a static site: HTML pages, one stylesheet, a few scripts, shards of text.

    make.py         runs -> the site, file by file; what the verb calls
    folder.py       the folder it is written to: only mmeval's own files are ever replaced
    rows.py         a run -> what its problem browser lists and shows
    asking.py       the prompts of a run, rendered again and checked against its hash
    shards.py       rows -> compressed scripts, which a page opened from disk may load
    pairs.py        two runs of a task -> the numbers above their comparison
    pages.py        the index and the page for comparing
    run_page.py     the page of one run; settings.py makes its table of settings
    from_reports.py any Report -> a table and plots; charts.py draws them
    markup.py       the only maker of HTML
    assets/         what the browser runs

The pages hold numbers alone. What models, data files and servers wrote travels in the
shards as JSON, and the scripts put it into the page as text nodes.
"""
