"""The pictures of a report: SVG by hand, coloured by the classes of the page's style sheet, so that they follow light and dark."""
