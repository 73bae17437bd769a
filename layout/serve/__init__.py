"""The planning page: a local web page for those who will not use a terminal.

Starlette and uvicorn on loopback, pages made here from templates, one small script. Every run is a
process of its own that is `layout solve`; what is shown of a plan is what the map, the report and
the command line show of it. Started by ``layout serve``.
"""
